package kvlab.design;

import java.util.Optional;
import java.util.function.Consumer;
import kvlab.kv.KvAllocator;
import kvlab.kv.Layers;
import kvlab.kv.Layout;
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
 * @param table the page table that the allocator writes; of several that of a full layer group
 * @param reservation how much a request claims on arrival
 * @param maxSequences the most requests that can be in one step
 * @param hashes what arriving prompts hold, where the design shares pages
 * @param layout which layers are in which pages, where the design keeps layers apart
 * @param ahead whether the scheduler decides on a step while the one before it runs, so that it notices
 *     a finish one step late
 */
public record Server(
    Requests requests,
    PageTable table,
    KvAllocator allocator,
    Scheduler scheduler,
    Reservation reservation,
    int maxSequences,
    Optional<PageHashes> hashes,
    Optional<Layout> layout,
    boolean ahead) {
  /** A server that decides on a step when the one before is over, with all layers in the same pages. */
  public Server(
      Requests requests,
      PageTable table,
      KvAllocator allocator,
      Scheduler scheduler,
      Reservation reservation,
      int maxSequences,
      Optional<PageHashes> hashes) {
    this(
        requests,
        table,
        allocator,
        scheduler,
        reservation,
        maxSequences,
        hashes,
        Optional.empty(),
        false);
  }

  /** This server with layers of the model in the same pages, unless the design keeps them apart. */
  public Server serving(Layers model) {
    return layout.isPresent() ? this : with(Layout.together(table, model));
  }

  /** This server with its layers in pages like that. */
  Server with(Layout itsLayout) {
    return new Server(
        requests,
        table,
        allocator,
        scheduler,
        reservation,
        maxSequences,
        hashes,
        Optional.of(itsLayout),
        ahead);
  }

  /** This server with a scheduler that decides while the step before runs. */
  Server ahead(boolean itIs) {
    return new Server(
        requests, table, allocator, scheduler, reservation, maxSequences, hashes, layout, itIs);
  }

  /** Which layers are in which pages; where nobody said, all are alike. */
  public Layout layoutInForce() {
    return layout.orElseGet(() -> Layout.together(table, Layers.ALIKE));
  }

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
        hashes,
        layout,
        ahead);
  }
}
