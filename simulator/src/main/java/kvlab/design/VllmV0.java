package kvlab.design;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.kv.SwapSpace;
import kvlab.kv.VllmV0Allocator;
import kvlab.sched.Policy;
import kvlab.sched.Requests;
import kvlab.sched.VllmV0Scheduler;
import kvlab.workload.InputException;

/** vLLM V0 as of v0.10.2, 2025; see {@link VllmV0Scheduler} and {@link VllmV0Allocator}. */
final class VllmV0 implements Design {
  private static final String POLICY = "policy";
  private static final String CHUNKED = "chunked-prefill";
  private static final String PREFIX_CACHE = "prefix-cache";
  private static final String WATERMARK = "watermark";
  private static final String PREEMPTION = "preemption";
  private static final String CPU_PAGES = "cpu-pages";
  private static final int BATCHED_TOKENS = 2048;

  /** 4 GiB of swap space (vLLM's default) in pages of 2 MiB: 16 tokens of 128 KiB (Llama-3-8B). */
  private static final int SWAP_PAGES = 2048;

  @Override
  public String name() {
    return "vllm-v0";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 16 tokens from anywhere",
        "pages for the tokens there are; 1% of the pool stays free",
        "one page when the last is full; one has to be free even if it is not",
        "the last running request gives up its pages and is recomputed, or swapped out",
        "nothing; with prefix-cache full pages, by hash, while others are free",
        "vLLM vllm/core/{scheduler,block_manager,evictor}.py, vllm/core/block/*, v0.10.2, 2025-09");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 16, "tokens per page (block_size)"),
        Option.count(MAX_SEQUENCES, 256, "sequences that run at once"),
        Option.countOrZero(
            MAX_BATCHED_TOKENS,
            0,
            "tokens computed in one step; 0: 2048, without chunked-prefill at least max-model-len"),
        Option.word(POLICY, "who is admitted first and who gives way", "fcfs", "priority"),
        Option.onOff(PREFIX_CACHE, false, "share full pages of equal prefixes"),
        Option.onOff(CHUNKED, false, "split prompts over steps"),
        Option.share(WATERMARK, 0.01, "share of the pool that admission leaves free"),
        Option.word(PREEMPTION, "what becomes of who gives way", "recompute", "swap"),
        Option.countOrZero(CPU_PAGES, SWAP_PAGES, "pages of host memory to swap to"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int maxSequences = options.count(MAX_SEQUENCES);
    PageTable table = new PageTable(pool, maxSequences);
    double watermark = options.share(WATERMARK);
    Optional<PageHashes> hashes = options.isOn(PREFIX_CACHE)
        ? Optional.of(new PageHashes(pool.pageTokens()))
        : Optional.empty();
    KvAllocator allocator = hashes.isPresent()
        ? VllmV0Allocator.prefixCaching(table, watermark, hashes.get())
        : VllmV0Allocator.plain(table, watermark);
    VllmV0Scheduler.Settings settings = new VllmV0Scheduler.Settings(
        Policy.valueOf(options.text(POLICY).toUpperCase(Locale.ROOT)),
        maxSequences,
        batchedTokens(options, pool, site),
        site.maxModelTokens(),
        options.isOn(CHUNKED),
        options.isOn(PREFIX_CACHE),
        VllmV0Scheduler.Preemption.valueOf(options.text(PREEMPTION).toUpperCase(Locale.ROOT)));
    SwapSpace swapSpace = new SwapSpace(
        settings.preemption() == VllmV0Scheduler.Preemption.SWAP ? options.count(CPU_PAGES) : 0);
    return new Server(
        requests,
        table,
        allocator,
        new VllmV0Scheduler(settings, pool, requests, allocator, swapSpace),
        Reservation.CURRENT,
        maxSequences,
        hashes);
  }

  private static int batchedTokens(Options options, Pool pool, Site site) {
    boolean chunked = options.isOn(CHUNKED);
    int asked = options.count(MAX_BATCHED_TOKENS);
    if (asked == 0) {
      return chunked ? BATCHED_TOKENS : Math.max(BATCHED_TOKENS, site.maxModelTokens());
    }
    int least =
        chunked ? options.isOn(PREFIX_CACHE) ? pool.pageTokens() : 1 : site.maxModelTokens();
    if (asked < least) {
      throw new InputException("vllm-v0 with chunked-prefill="
          + options.text(CHUNKED)
          + " and prefix-cache="
          + options.text(PREFIX_CACHE)
          + " needs max-num-batched-tokens of at least "
          + least
          + " (the longest sequence, or the page); it is "
          + asked);
    }
    return asked;
  }
}
