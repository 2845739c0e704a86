package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kvlab.kv.HybridAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layers;
import kvlab.kv.Layout;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.PagedAllocator;
import kvlab.kv.Pool;
import kvlab.kv.PrefixCachingAllocator;
import kvlab.kv.Reservation;
import kvlab.sched.Policy;
import kvlab.sched.Requests;
import kvlab.sched.VllmV1Scheduler;
import kvlab.workload.InputException;

/**
 * vLLM V1 as of 2026; see {@link VllmV1Scheduler} and {@link PrefixCachingAllocator}, for models whose
 * layers slide {@link VllmLayerGroups} and {@link HybridAllocator}.
 */
final class VllmV1 implements Design {
  private static final String POLICY = "policy";
  private static final String CHUNKED = "chunked-prefill";
  private static final String LONG_PREFILL = "long-prefill-token-threshold";
  private static final String PREFIX_CACHE = "prefix-cache";
  private static final String GATE = "full-sequence-gate";
  private static final String HOST_PAGES = "host-cache-pages";
  private static final String ASYNC = "async-scheduling";
  private static final String HYBRID = "hybrid-kv-cache-manager";
  private static final int MOST_HOST_PAGES = 1 << 26;
  private static final long LARGE_GPU_BYTES = 70L << 30;

  @Override
  public String name() {
    return "vllm-v1";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 16 tokens from anywhere; one null page",
        "pages for the first chunk, admitted when all known tokens would fit",
        "pages for the tokens of each step",
        "the last running request gives up its pages and is recomputed",
        "full pages, by hash, until they are needed (least recently freed first)",
        "vLLM vllm/v1/core/{sched/scheduler,kv_cache_manager,block_pool}.py, 2026-05-29");
  }

  /** Budgets depend on the GPU as in vLLM's {@code EngineArgs} (usage context: API server). */
  @Override
  public List<Option> options(Site site) {
    List<Option> options = new ArrayList<>(schedulerOptions(site));
    options.add(4, Option.onOff(PREFIX_CACHE, true, "share full pages of equal prefixes"));
    options.add(
        Option.countOrZero(HOST_PAGES, 0, "pages that the prefix cache also has in host memory"));
    if (site.layers().slide() && site.layers().full() > 0) {
      options.add(Option.onOff(
          HYBRID,
          true,
          "give up what the window has passed; off: keep every token in every layer"));
    }
    return options;
  }

  /** The options of the scheduler, which {@link Jenga} has too. */
  static List<Option> schedulerOptions(Site site) {
    boolean large = site.gpuMemoryBytes() >= LARGE_GPU_BYTES && !site.gpu().startsWith("a100");
    return List.of(
        Option.count(PAGE_TOKENS, 16, "tokens per page (block_size)"),
        Option.count(MAX_SEQUENCES, large ? 1024 : 256, "sequences that run at once"),
        Option.count(MAX_BATCHED_TOKENS, large ? 8192 : 2048, "tokens computed in one step"),
        Option.word(POLICY, "who is admitted first and who gives way", "fcfs", "priority"),
        Option.onOff(CHUNKED, true, "split prompts over steps"),
        Option.countOrZero(LONG_PREFILL, 0, "most prompt tokens of one request in a step; 0: any"),
        Option.onOff(GATE, true, "admit only when pages for all known tokens are free"),
        Option.onOff(ASYNC, false, "schedule a step while the one before it runs"));
  }

  /** Whether pages hold a group of layers each. A model that slides in all layers has just one group. */
  private static boolean keepsLayersApart(Options options, Site site) {
    Layers layers = site.layers();
    return layers.slide() && (layers.full() == 0 || options.isOn(HYBRID));
  }

  @Override
  public long pages(Options options, Site site) {
    int pageLayers = keepsLayersApart(options, site)
        ? VllmLayerGroups.pageLayers(site.layers())
        : site.layers().count();
    return site.poolSlots() * site.layers().count() / pageLayers / pageTokens(options, site);
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    return keepsLayersApart(options, site)
        ? openApart(pool, options, site)
        : openTogether(pool, options, site);
  }

  private static Server openApart(Pool pool, Options options, Site site) {
    if (hostPages(options) > 0) {
      throw new InputException("vllm-v1 with host-cache-pages=" + hostPages(options)
          + " is not modelled for sliding windows"
          + (site.layers().full() > 0 ? "; use hybrid-kv-cache-manager=off" : ""));
    }
    Requests requests = new Requests();
    Layout layout = VllmLayerGroups.layout(site.layers(), pool, options.count(MAX_SEQUENCES));
    Optional<PageHashes> hashes = options.isOn(PREFIX_CACHE)
        ? Optional.of(new PageHashes(pool.pageTokens()))
        : Optional.empty();
    HybridAllocator allocator =
        new HybridAllocator(layout, options.count(MAX_BATCHED_TOKENS), hashes);
    List<LayerGroup> groups = layout.groups();
    PageTable table = groups.get(groups.size() - 1).table(); // of a full group if there is one
    return server("vllm-v1", requests, table, allocator, hashes, options, site).with(layout);
  }

  private static Server openTogether(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    int hostPages = hostPages(options);
    if (!options.isOn(PREFIX_CACHE)) {
      KvAllocator allocator = PagedAllocator.vllmV1(table);
      return server("vllm-v1", requests, table, allocator, Optional.empty(), options, site);
    }
    PageHashes hashes = new PageHashes(pool.pageTokens());
    PrefixCachingAllocator allocator = new PrefixCachingAllocator(table, hashes, hostPages);
    Server server =
        server("vllm-v1", requests, table, allocator, Optional.of(hashes), options, site);
    return hostPages == 0
        ? server
        : server.charged(batch -> batch.transfer(allocator.takeLoadedTokens()));
  }

  private static int hostPages(Options options) {
    int pages = options.count(HOST_PAGES);
    if (pages > 0 && !options.isOn(PREFIX_CACHE)) {
      throw new InputException("vllm-v1 with host-cache-pages=" + pages + " needs prefix-cache=on");
    }
    if (pages > MOST_HOST_PAGES) {
      throw new InputException(
          "option host-cache-pages: " + pages + " is more than " + MOST_HOST_PAGES);
    }
    return pages;
  }

  /** A server with the scheduler of vLLM V1 on the allocator that writes the table. */
  static Server server(
      String name,
      Requests requests,
      PageTable table,
      KvAllocator allocator,
      Optional<PageHashes> hashes,
      Options options,
      Site site) {
    int maxSequences = table.rows();
    boolean chunked = options.isOn(CHUNKED);
    int batched = options.count(MAX_BATCHED_TOKENS);
    if (!chunked && batched < site.maxModelTokens()) {
      throw new InputException(name
          + " with chunked-prefill=off needs max-num-batched-tokens of at least max-model-len, "
          + site.maxModelTokens()
          + "; it is "
          + batched);
    }
    VllmV1Scheduler.Settings settings = new VllmV1Scheduler.Settings(
        Policy.valueOf(options.text(POLICY).toUpperCase(Locale.ROOT)),
        maxSequences,
        batched,
        site.maxModelTokens(),
        chunked,
        options.count(LONG_PREFILL),
        options.isOn(GATE));
    Server server = new Server(
        requests,
        table,
        allocator,
        new VllmV1Scheduler(settings, requests, allocator),
        Reservation.CURRENT,
        maxSequences,
        hashes);
    return server.ahead(options.isOn(ASYNC));
  }
}
