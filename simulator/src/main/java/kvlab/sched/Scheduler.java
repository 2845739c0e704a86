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

  /**
   * Whether the coming steps are quiet: {@link #schedule} would let everybody that runs compute the token
   * sampled last and decide nothing else, for as long as nobody arrives or finishes and the allocator has
   * room for all. Asked only when everybody that runs has just sampled a token and either nobody waits,
   * or the last step was just that with the same requests waiting, or {@link #refusesHead}.
   *
   * @return those that run in the order in which room would be made for them, or an empty list when the
   *     steps cannot be foreseen, which is always right
   */
  default IntList quietOrder() {
    return IntList.NONE;
  }

  /**
   * Whether {@link #schedule} would decide nothing but to refuse the head of the queue, now and for as
   * long as nobody leaves and memory shrinks; if so it has decided that. Asked only when somebody waits and
   * everybody that runs has just sampled a token.
   *
   * @return false, and nothing decided, when that cannot be foreseen, which is always right
   */
  default boolean refusesHead() {
    return false;
  }

  /**
   * Whether {@link #schedule} goes over {@link #running}, who are so many, in their order, before anything else:
   * each of the first of them that decode computes its token if there is room, and does so whatever is decided on
   * those behind it.
   *
   * @return false, which is always right, where that cannot be foreseen
   */
  default boolean decodesInOrder(int running) {
    return false;
  }

  /**
   * Stands for {@link #schedule} where the first of {@link #running}, so many, are batched with their tokens and
   * have got their room. Said only where {@link #decodesInOrder}.
   */
  default void scheduleAfter(Batch batch, int sequences) {
    schedule(batch);
  }

  /**
   * Stands for {@link #schedule} in so many quiet steps, whose sequences have been batched and have got their
   * room: before the first and for those after it, in none of which anybody grows.
   */
  default void repeat(Batch batch, int steps) {}

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
