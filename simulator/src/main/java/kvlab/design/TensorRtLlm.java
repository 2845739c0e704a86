package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.PagedAllocator;
import kvlab.kv.Pool;
import kvlab.kv.PrefixTreeAllocator;
import kvlab.kv.PromisingAllocator;
import kvlab.kv.Reservation;
import kvlab.sched.InflightScheduler;
import kvlab.sched.Requests;
import kvlab.workload.InputException;

/**
 * TensorRT-LLM under its two capacity policies ({@code
 * cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp}, {@code KvCacheConfig}); see {@link
 * InflightScheduler}, {@link PromisingAllocator} and {@link PrefixTreeAllocator}.
 *
 * <p>{@code GUARANTEED_NO_EVICT} reserves to the limit that each request declares. A trace knows no such
 * limit, so {@code max-new-tokens} is one for all; by default only the longest sequence limits, and
 * an output that is longer than the limit is turned away or stopped at the door.
 *
 * <p>Chunked context is off as in the engine; where it is on, its option is the token budget of a step,
 * which otherwise has to hold a whole prompt and is never below the longest sequence.
 *
 * <p>Retention priorities are the same for all requests, where the engine takes them from each ({@code
 * KvCacheRetentionConfig}): one for prompts, one for what is generated.
 *
 * <p>Deviations: no host pool, one attention window.
 */
final class TensorRtLlm implements Design {
  private static final String MAX_NEW_TOKENS = "max-new-tokens";
  private static final String REUSE = "block-reuse";
  private static final String PARTIAL = "partial-reuse";
  private static final String COPY = "copy-on-partial-reuse";
  private static final String PROMPT_PRIORITY = "retention-priority";
  private static final String DECODE_PRIORITY = "decode-retention-priority";
  private static final int DEFAULT_PRIORITY = 35; // kDefaultRetentionPriority
  private static final int MAX_PRIORITY = 100; // kMaxRetentionPriority
  private static final String CHUNKED = "chunked-context";
  private static final String KEPT =
      "all pages, as a tree, until needed (lowest priority, then least recently freed, first)";
  private static final int MAX_NUM_TOKENS = 8192;
  private static final int MAX_BATCH_SIZE = 2048;

  private final String name;
  private final Traits traits;
  private final boolean promises;

  private TensorRtLlm(String name, Traits traits, boolean promises) {
    this.name = name;
    this.traits = traits;
    this.promises = promises;
  }

  /** {@code GUARANTEED_NO_EVICT}, the default policy. */
  static TensorRtLlm noEvict() {
    return new TensorRtLlm(
        "tensorrt-llm-no-evict",
        new Traits(
            "pages of 32 tokens from anywhere",
            "pages promised for the prompt and the declared limit, taken on demand",
            "one page of those promised when the last is full",
            "cannot happen",
            KEPT,
            "TensorRT-LLM capacityScheduler.cpp, GUARANTEED_NO_EVICT (02a10fe)"),
        true);
  }

  /** {@code MAX_UTILIZATION}. */
  static TensorRtLlm maxUtilization() {
    return new TensorRtLlm(
        "tensorrt-llm-max-utilization",
        new Traits(
            "pages of 32 tokens from anywhere",
            "pages for the tokens there are",
            "one page when the last is full",
            "the request started last gives up its pages and is recomputed",
            KEPT,
            "TensorRT-LLM capacityScheduler.cpp, MAX_UTILIZATION (02a10fe)"),
        false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Traits traits() {
    return traits;
  }

  @Override
  public List<Option> options(Site site) {
    int longest = site.maxModelTokens();
    List<Option> options = new ArrayList<>(List.of(
        Option.count(PAGE_TOKENS, 32, "tokens per page (tokens_per_block)"),
        Option.count(MAX_SEQUENCES, MAX_BATCH_SIZE, "sequences that run at once (max_batch_size)"),
        Option.countAtLeast(
            MAX_BATCHED_TOKENS,
            longest,
            Math.max(MAX_NUM_TOKENS, longest),
            "tokens computed in one step (max_num_tokens); at least the longest sequence"),
        Option.onOff(REUSE, true, "share pages of equal prefixes (enable_block_reuse)"),
        Option.onOff(PARTIAL, true, "of pages that match in part, too (enable_partial_reuse)"),
        Option.onOff(COPY, true, "copy those that are in use (copy_on_partial_reuse)"),
        Option.countOrZero(
            PROMPT_PRIORITY, DEFAULT_PRIORITY, "retention priority of prompts, 0 to 100"),
        Option.countOrZero(
            DECODE_PRIORITY, DEFAULT_PRIORITY, "the same of what is generated, 0 to 100"),
        Option.countOrZero(
            CHUNKED, 0, "tokens of a step when it splits prompts; 0: whole prompts only")));
    if (promises) {
      options.add(Option.count(
          MAX_NEW_TOKENS, longest, "tokens a request may generate, the limit it declares"));
    }
    return options;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    if (!options.isOn(REUSE)) {
      return server(requests, table, PagedAllocator.onDemand(table), options, Optional.empty());
    }
    PageHashes hashes = PageHashes.ofTokens(pool.pageTokens());
    PrefixTreeAllocator pages = new PrefixTreeAllocator(table, hashes, reuse(options));
    return server(requests, table, pages, options, Optional.of(hashes))
        .charged(batch -> batch.copy(pages.takeCopiedTokens()));
  }

  private PrefixTreeAllocator.Settings reuse(Options options) {
    return new PrefixTreeAllocator.Settings(
        options.isOn(PARTIAL),
        options.isOn(COPY),
        priority(options, PROMPT_PRIORITY),
        priority(options, DECODE_PRIORITY));
  }

  private int priority(Options options, String option) {
    int priority = options.count(option);
    if (priority > MAX_PRIORITY) {
      throw new InputException(name + ": " + option + " is at most 100; it is " + priority);
    }
    return priority;
  }

  private Server server(
      Requests requests,
      PageTable table,
      KvAllocator pages,
      Options options,
      Optional<PageHashes> hashes) {
    int maxSequences = options.count(MAX_SEQUENCES);
    KvAllocator allocator = promises ? new PromisingAllocator(table, pages) : pages;
    Reservation reservation =
        promises ? Reservation.declared(options.count(MAX_NEW_TOKENS)) : Reservation.CURRENT;
    InflightScheduler scheduler =
        new InflightScheduler(settings(table.pool(), options), requests, allocator);
    return new Server(requests, table, allocator, scheduler, reservation, maxSequences, hashes);
  }

  private InflightScheduler.Settings settings(Pool pool, Options options) {
    int maxSequences = options.count(MAX_SEQUENCES);
    int chunked = options.count(CHUNKED);
    if (chunked == 0) {
      return new InflightScheduler.Settings(maxSequences, options.count(MAX_BATCHED_TOKENS), 0);
    }
    if (chunked < pool.pageTokens()) {
      throw new InputException(name + ": a chunk is at least a page, " + pool.pageTokens()
          + " tokens; chunked-context is " + chunked);
    }
    return new InflightScheduler.Settings(maxSequences, chunked, pool.pageTokens());
  }
}
