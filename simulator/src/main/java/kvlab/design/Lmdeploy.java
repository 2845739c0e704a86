package kvlab.design;

import java.util.List;
import java.util.Optional;
import kvlab.kv.PageTable;
import kvlab.kv.PagedAllocator;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.RankedScheduler;
import kvlab.sched.Requests;

/**
 * LMDeploy with its TurboMind engine ({@code src/turbomind/models/llama/SequenceManager.cc}, {@code
 * lmdeploy/messages.py}); see {@link RankedScheduler}.
 *
 * <p>Deviation: no prefix caching, which TurboMind has off by default.
 */
final class Lmdeploy implements Design {
  private static final int MAX_PREFILL_TOKENS = 8192;

  @Override
  public String name() {
    return "lmdeploy";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 64 tokens from anywhere",
        "pages for the tokens there are, all of them or none",
        "one page when the last is full",
        "the latest arrivals give up their pages to earlier ones and are recomputed",
        "nothing",
        "LMDeploy src/turbomind/models/llama/SequenceManager.cc (before de8b40a)");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 64, "tokens per page (cache_block_seq_len)"),
        Option.count(
            MAX_SEQUENCES, maxBatchSize(site.gpu()), "sequences in flight (max_batch_size)"),
        Option.count(
            MAX_BATCHED_TOKENS,
            MAX_PREFILL_TOKENS,
            "tokens computed in one step (max_prefill_token_num)"));
  }

  /** {@code get_max_batch_size} of {@code lmdeploy/utils.py}. */
  private static int maxBatchSize(String gpu) {
    if (gpu.startsWith("a100") || gpu.startsWith("a800")) {
      return 384;
    }
    return gpu.startsWith("h100") || gpu.startsWith("h200") || gpu.startsWith("h800") ? 1024 : 128;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int maxSequences = options.count(MAX_SEQUENCES);
    PageTable table = new PageTable(pool, maxSequences);
    PagedAllocator allocator = PagedAllocator.onDemand(table);
    RankedScheduler scheduler = new RankedScheduler(
        maxSequences, options.count(MAX_BATCHED_TOKENS), table, requests, allocator);
    return new Server(
        requests, table, allocator, scheduler, Reservation.CURRENT, maxSequences, Optional.empty());
  }
}
