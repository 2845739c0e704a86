package kvlab.design;

import java.util.List;
import java.util.Optional;
import kvlab.kv.KeepingAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.RankedScheduler;
import kvlab.sched.Requests;

/**
 * LMDeploy with its TurboMind engine ({@code src/turbomind/models/llama/SequenceManager.cc}, 0397f35;
 * defaults of {@code lmdeploy/messages.py} and {@code
 * src/turbomind/triton_backend/llama/LlamaTritonModel.cc}); see {@link RankedScheduler} and {@link
 * KeepingAllocator}.
 */
final class Lmdeploy implements Design {
  private static final String PREFIX_CACHE = "prefix-cache";
  private static final String MAX_CONTEXT_TOKENS = "max-context-tokens";
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
        "the latest arrivals give up pages to earlier ones and recompute those that were needed",
        "nothing; with prefix caching all pages, until needed (least recently used first)",
        "LMDeploy src/turbomind/models/llama/{SequenceManager,BlockManager,BlockTrie}.cc (0397f35)");
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
            "tokens computed in one step beside one per sequence (max_prefill_token_num)"),
        Option.countAtLeast(
            MAX_CONTEXT_TOKENS,
            site.maxModelTokens(),
            maxContextTokens(site),
            "context of one step's prompts (max_context_token_num); at least the longest sequence"),
        Option.onOff(
            PREFIX_CACHE, false, "share full pages of equal prefixes (enable_prefix_caching)"));
  }

  /** {@code handleMissingParams}: the longest sequence, or many of them when that is very short. */
  private static int maxContextTokens(Site site) {
    int longest = site.maxModelTokens();
    return longest <= maxBatchSize(site.gpu()) ? longest * longest : longest;
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
    Optional<PageHashes> hashes = options.isOn(PREFIX_CACHE)
        ? Optional.of(new PageHashes(pool.pageTokens()))
        : Optional.empty();
    KeepingAllocator allocator = hashes.isPresent()
        ? KeepingAllocator.prefixCaching(table, hashes.get())
        : KeepingAllocator.plain(table);
    long batchedTokens = (long) options.count(MAX_BATCHED_TOKENS) + maxSequences;
    RankedScheduler.Settings settings = new RankedScheduler.Settings(
        maxSequences,
        (int) Math.min(Integer.MAX_VALUE, batchedTokens),
        options.count(MAX_CONTEXT_TOKENS));
    RankedScheduler scheduler = new RankedScheduler(settings, table, requests, allocator);
    return new Server(
        requests, table, allocator, scheduler, Reservation.CURRENT, maxSequences, hashes);
  }
}
