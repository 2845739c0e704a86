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
