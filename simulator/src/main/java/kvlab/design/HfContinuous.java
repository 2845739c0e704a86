package kvlab.design;

import java.util.List;
import java.util.Optional;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.kv.SparePageAllocator;
import kvlab.sched.DecodeFirstScheduler;
import kvlab.sched.Requests;

/**
 * Continuous batching of HF Transformers v5 ({@code
 * src/transformers/generation/continuous_batching/*.py}, {@code ContinuousBatchingConfig}), which {@code
 * generate_batch} and {@code transformers serve} use and {@code generate} does not; see {@link
 * DecodeFirstScheduler} and {@link SparePageAllocator}.
 *
 * <p>Deviations: the engine derives the tokens of a step from the memory left, with a cap of 256, and
 * caps the pages of the pool; here the cap is the default and the pool is as given. Blocks are shared as
 * in a model all of whose layers attend to everything; with others the engine does not share.
 */
final class HfContinuous implements Design {
  private static final String SAFETY_MARGIN = "safety-margin";
  private static final String BLOCK_SHARING = "block-sharing";

  @Override
  public String name() {
    return "hf-continuous";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 256 tokens from anywhere",
        "pages for the first chunk and up to one more, while 20% of the pool is free",
        "one page when the last is full, or two",
        "one request is reset and recomputed once nobody can go on",
        "full pages, as a chain by hash (the last let go is evicted first)",
        "HF Transformers generation/continuous_batching/{scheduler,cache,cache_manager}.py (05ac510)");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 256, "tokens per page (block_size)"),
        Option.count(MAX_SEQUENCES, 1024, "requests in flight (max_requests_per_batch)"),
        Option.count(MAX_BATCHED_TOKENS, 256, "tokens computed in one step (max_batch_tokens)"),
        Option.share(SAFETY_MARGIN, 0.2, "share of free pages under which no prompt goes on"),
        Option.onOff(
            BLOCK_SHARING, true, "share full pages of equal tokens (allow_block_sharing)"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int maxSequences = options.count(MAX_SEQUENCES);
    PageTable table = new PageTable(pool, maxSequences);
    Optional<PageHashes> hashes = options.isOn(BLOCK_SHARING)
        ? Optional.of(new PageHashes(pool.pageTokens()))
        : Optional.empty();
    SparePageAllocator allocator =
        new SparePageAllocator(table, options.share(SAFETY_MARGIN), hashes);
    DecodeFirstScheduler scheduler = new DecodeFirstScheduler(
        maxSequences, options.count(MAX_BATCHED_TOKENS), requests, allocator);
    return new Server(
        requests, table, allocator, scheduler, Reservation.CURRENT, maxSequences, hashes);
  }
}
