package kvlab.design;

import java.util.Optional;
import java.util.function.LongSupplier;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.StaticBatchScheduler;

/** What the designs on {@link StaticBatchScheduler} share. */
final class StaticBatch {
  static final String MAX_BATCH = "max-batch";

  private StaticBatch() {}

  /** A tensor is not made of pages; a page of one token accounts for its slots one by one. */
  static Option pageTokens() {
    return Option.count(Design.PAGE_TOKENS, 1, "tokens per page; a tensor has none: one");
  }

  static Server server(
      PageTable table, KvAllocator allocator, Reservation reservation, LongSupplier copiedTokens) {
    Requests requests = new Requests();
    StaticBatchScheduler scheduler =
        new StaticBatchScheduler(table.rows(), table.pool(), requests, allocator, copiedTokens);
    return new Server(
        requests, table, allocator, scheduler, reservation, table.rows(), Optional.empty());
  }
}
