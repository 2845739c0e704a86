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
 * <p>Deviations: no host pool, no priorities of pages, no partial reuse of a page, one attention
 * window.
 */
final class TensorRtLlm implements Design {
  private static final String MAX_NEW_TOKENS = "max-new-tokens";
  private static final String REUSE = "block-reuse";
  private static final String CHUNKED = "chunked-context";
  private static final String KEPT =
      "full pages, as a tree, until needed (least recently freed leaf first); no partial pages";
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
        Option.onOff(REUSE, true, "share full pages of equal prefixes (enable_block_reuse)"),
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
    int maxSequences = options.count(MAX_SEQUENCES);
    PageTable table = new PageTable(pool, maxSequences);
    Optional<PageHashes> hashes =
        options.isOn(REUSE) ? Optional.of(new PageHashes(pool.pageTokens())) : Optional.empty();
    KvAllocator pages = hashes.isPresent()
        ? new PrefixTreeAllocator(table, hashes.get())
        : PagedAllocator.onDemand(table);
    KvAllocator allocator = promises ? new PromisingAllocator(table, pages) : pages;
    Reservation reservation =
        promises ? Reservation.declared(options.count(MAX_NEW_TOKENS)) : Reservation.CURRENT;
    InflightScheduler scheduler =
        new InflightScheduler(settings(pool, options), requests, allocator);
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
