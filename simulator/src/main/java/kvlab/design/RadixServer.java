package kvlab.design;

import java.util.Optional;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.RadixAllocator;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;

/**
 * What designs on a {@link RadixAllocator} share: the pool with its tree, and the limit that each request
 * declares.
 *
 * <p>A trace does not tell what its clients declared, so {@link #MAX_NEW_TOKENS} does, for all of them
 * alike; 0 stands for whatever fits the model and the pool after the prompt, which no request exceeds.
 * With another value, a request that would generate more is turned away on arrival, for that reason;
 * a server would cut its output there. A limit that the pool cannot hold is cut to what it can.
 */
final class RadixServer {
  static final String MAX_NEW_TOKENS = "max-new-tokens";

  private final Requests requests = new Requests();
  private final PageTable table;
  private final PageHashes hashes;
  private final RadixAllocator allocator;
  private final int maxSequences;

  /** An empty server whose admission wants so many slots to be left beside any sequence. */
  RadixServer(Pool pool, int maxSequences, int spareTokens) {
    this.table = new PageTable(pool, maxSequences);
    this.hashes = new PageHashes(pool.pageTokens());
    this.allocator = new RadixAllocator(table, hashes, spareTokens);
    this.maxSequences = maxSequences;
  }

  static Option maxNewTokens() {
    return Option.countOrZero(
        MAX_NEW_TOKENS, 0, "output that every request declares as its limit; 0: all that fits");
  }

  Requests requests() {
    return requests;
  }

  RadixAllocator allocator() {
    return allocator;
  }

  /** The server with its scheduler. */
  Server with(Scheduler scheduler, int maxNewTokens) {
    int declared = maxNewTokens == 0 ? Integer.MAX_VALUE : maxNewTokens;
    return new Server(
        requests,
        table,
        allocator,
        scheduler,
        Reservation.declared(declared, allocator.largestSequenceTokens()),
        maxSequences,
        Optional.of(hashes));
  }
}
