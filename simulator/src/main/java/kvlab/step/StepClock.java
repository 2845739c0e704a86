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
}
