package kvlab.step;

import kvlab.kv.PageTable;

/** Times a step: a model of a device, or a device that runs the batch. */
@FunctionalInterface
public interface StepClock {
  /**
   * Runs or predicts the step whose pages are in the table; an empty batch is a step that only
   * schedules.
   *
   * @return nanoseconds, at least 1
   */
  long nanos(Batch batch, PageTable table);

  /**
   * Predicts steps that repeat the batch: of the batch as it is, and as {@link Batch#repeat} makes it after
   * that, until they have taken a time. Asked of clocks that read totals only.
   *
   * @param nanos takes the time of each step, from 0 on
   * @param mostSteps at least 1
   * @param forNanos no step starts so long after the first, which starts in any case
   * @return steps that start before that
   */
  default int repeated(Batch batch, PageTable table, long[] nanos, int mostSteps, long forNanos) {
    nanos[0] = nanos(batch, table);
    long sum = nanos[0];
    int steps = 1;
    for (; steps < mostSteps && sum >= 0 && sum < forNanos; steps++) {
      batch.repeat(1);
      nanos[steps] = nanos(batch, table);
      sum += nanos[steps];
    }
    if (steps > 1) {
      batch.repeat(1 - steps);
    }
    return steps;
  }

  /** What a reader of the results has to know of the times given so far; empty for nothing. */
  default String remark() {
    return "";
  }

  /**
   * Whether the time depends on nothing but the batch's size and totals, so that steps which repeat need
   * not be spelled out. A clock that runs the batch, or reads its columns or the table, does not.
   */
  default boolean readsTotalsOnly() {
    return false;
  }
}
