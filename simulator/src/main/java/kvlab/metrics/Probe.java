package kvlab.metrics;

/** Observes a run. Every call is optional; none may keep the view it is given. */
public interface Probe {
  /** The run begins at that time, whether or not anything arrives then; not said where the first step begins it. */
  default void onBegin(long nanos) {}

  /** A step is done. */
  default void onStep(StepView step) {}

  /**
   * Steps that repeat one another are done; of a probe that reads totals only. One that can sum them up need
   * not look at each.
   */
  default void onRepeats(Repeats steps) {
    for (int i = 0; i < steps.count(); i++) {
      onStep(steps.step(i));
    }
    steps.step(0);
  }

  /**
   * Whether it reads of a step only times, totals, counts, queue lengths and the partition, and not what
   * each request or row has: then steps that repeat one another need not be spelled out for it.
   */
  default boolean readsTotalsOnly() {
    return false;
  }

  /**
   * When it will next look at what pages are in which row, where it does now and then: of steps in which
   * somebody takes pages, the one at that time is the last that is said at once. Of a probe that reads totals
   * only.
   */
  default long nextLookNanos() {
    return Long.MAX_VALUE;
  }

  /** Nothing was in flight between the two times. */
  default void onIdle(Partition partition, long fromNanos, long toNanos) {}

  /** A request has its last token. */
  default void onFinish(RequestView request) {}

  /** A request was turned away on arrival, or given up by the scheduler. */
  default void onReject(RequestView request, Rejection reason) {}

  /** The run was cut with this request waiting, running or not even arrived. */
  default void onUnfinished(RequestView request) {}

  /** The run is over. */
  default void onEnd(long endNanos) {}
}
