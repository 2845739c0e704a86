package kvlab.design;

import java.util.Optional;
import java.util.function.Consumer;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Reservation;
import kvlab.sched.ChargedScheduler;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;

/**
 * One design set up on one pool, ready to serve.
 *
 * @param requests what the server knows of the requests in flight
 * @param table the page table that the allocator writes
 * @param reservation how much a request claims on arrival
 * @param maxSequences the most requests that can be in one step
 * @param hashes what arriving prompts hold, where the design shares pages
 */
public record Server(
    Requests requests,
    PageTable table,
    KvAllocator allocator,
    Scheduler scheduler,
    Reservation reservation,
    int maxSequences,
    Optional<PageHashes> hashes) {
  /**
   * This server, whose steps also pay for what the allocator did.
   *
   * @param charge adds the costs of the step that has just been scheduled to its batch
   */
  Server charged(Consumer<Batch> charge) {
    return new Server(
        requests,
        table,
        allocator,
        new ChargedScheduler(scheduler, charge),
        reservation,
        maxSequences,
        hashes);
  }
}
