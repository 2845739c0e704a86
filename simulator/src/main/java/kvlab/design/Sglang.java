package kvlab.design;

import java.util.List;
import kvlab.kv.Pool;
import kvlab.sched.SglangQueue;
import kvlab.sched.SglangScheduler;

/**
 * SGLang: see {@link SglangScheduler}, {@link SglangQueue} and {@link kvlab.kv.RadixAllocator}.
 *
 * <p>Deviations: {@code max_running_requests} is 2,048, the least of what SGLang derives from the pool;
 * the prompt tokens of a step are raised to whole pages where SGLang refuses to start.
 */
final class Sglang implements Design {
  private static final String CONSERVATIVENESS = "schedule-conservativeness";
  private static final String SCHEDULE_POLICY = "schedule-policy";
  private static final long SMALL_GPU_BYTES = 25L << 30; // server_args.py
  private static final int SMALL_GPU_CHUNK = 2048;
  private static final int CHUNK = 8192;
  private static final int SEQUENCES = 2048; // model_runner.py

  @Override
  public String name() {
    return "sglang";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 1 token from anywhere",
        "the prompt, and a falling share of the output declared",
        "one token each step",
        "those with the fewest tokens generated give up their pages and are recomputed",
        "all that was computed, as a tree of prefixes (least recently used leaf evicted first)",
        "SGLang managers/{schedule_policy,scheduler,schedule_batch}.py, mem_cache/radix_cache.py");
  }

  @Override
  public List<Option> options(Site site) {
    int chunk = site.gpuMemoryBytes() < SMALL_GPU_BYTES ? SMALL_GPU_CHUNK : CHUNK;
    return List.of(
        Option.count(PAGE_TOKENS, 1, "tokens per page (page_size)"),
        Option.count(MAX_SEQUENCES, SEQUENCES, "sequences that run at once"),
        Option.count(MAX_BATCHED_TOKENS, chunk, "prompt tokens in one step (chunked_prefill_size)"),
        RadixServer.maxNewTokens(),
        Option.number(CONSERVATIVENESS, 1, "scales the output expected of running requests"),
        Option.word(
            SCHEDULE_POLICY, "who is admitted first (schedule_policy)", "fcfs", "lpm", "lof"));
  }

  /** Admission wants one page to be left beside any request. */
  @Override
  public Server open(Pool pool, Options options, Site site) {
    int pageTokens = pool.pageTokens();
    int sequences = options.count(MAX_SEQUENCES);
    RadixServer server = new RadixServer(pool, sequences, pageTokens);
    int chunkPages = pool.pagesFor(options.count(MAX_BATCHED_TOKENS));
    SglangScheduler.Settings settings = new SglangScheduler.Settings(
        sequences,
        (int) Math.min(Integer.MAX_VALUE / pageTokens * pageTokens, (long) chunkPages * pageTokens),
        options.number(CONSERVATIVENESS),
        SglangQueue.Order.named(options.text(SCHEDULE_POLICY)));
    return server.with(
        new SglangScheduler(settings, pool, server.requests(), server.allocator()),
        options.count(RadixServer.MAX_NEW_TOKENS));
  }
}
