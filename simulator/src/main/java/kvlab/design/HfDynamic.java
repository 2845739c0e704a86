package kvlab.design;

import java.util.List;
import kvlab.kv.PaddedBatchAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;

/**
 * {@code generate} of Hugging Face Transformers on a batch, with its default {@code DynamicCache}: rows
 * padded to the longest prompt and grown by concatenation, which copies the whole cache at every step;
 * see {@link PaddedBatchAllocator} and {@link kvlab.sched.StaticBatchScheduler}.
 */
final class HfDynamic implements Design {
  private static final int BATCH = 8; // a caller's choice; generate has no limit

  @Override
  public String name() {
    return "hf-dynamic";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "one tensor per layer for a static batch, left-padded",
        "rows as long as the longest prompt of the batch",
        "every row by one token, finished ones too; the whole cache is copied",
        "the batch is aborted, and half as many rows start again",
        "finished rows, until the longest output of the batch is complete",
        "Hugging Face Transformers cache_utils.py DynamicCache, generation/utils.py");
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        StaticBatch.pageTokens(), Option.count(StaticBatch.MAX_BATCH, BATCH, "rows of a batch"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    int maxBatch = Math.min(options.count(StaticBatch.MAX_BATCH), pool.pages());
    PageTable table = new PageTable(pool, maxBatch);
    PaddedBatchAllocator allocator = new PaddedBatchAllocator(table);
    return StaticBatch.server(
        table, allocator, Reservation.CURRENT, allocator::takeConcatenatedTokens);
  }
}
