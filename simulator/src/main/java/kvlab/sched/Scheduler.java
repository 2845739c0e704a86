package kvlab.sched;

import kvlab.step.Batch;

/**
 * Chooses the work of each step, admitting and preempting through the allocator. It never sees how
 * long an output will be; the engine tells it which requests have finished.
 */
public interface Scheduler {
  /** A request has arrived. */
  void enqueue(int request);

  /** Refills the batch with the work of the next step. */
  void schedule(Batch batch);

  /** These running requests are done: their pages return to the pool in this order. */
  void finish(IntList requests);

  /** Requests that hold pages, in the scheduler's order. */
  IntList running();

  /** Rows that still hold pages although their requests have finished: those of a static batch. */
  default IntList lingeringRows() {
    return IntList.NONE;
  }

  /** Requests that wait for admission. */
  int waiting();

  /** Appends the requests that wait for admission, in the order in which they would be admitted. */
  void copyWaiting(IntList order);

  /** What the last {@link #schedule} decided. */
  Decisions decisions();
}
