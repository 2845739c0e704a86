package kvlab.study;

import java.util.List;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
import kvlab.step.StepClock;

/** A device set up for one run; it is for one thread. */
public interface BackendRun extends AutoCloseable {
  /** Runs the steps and times them. */
  StepClock clock();

  /** What has to watch the run. */
  List<Probe> probes();

  /**
   * Called after the last step: adds columns to the summary.
   *
   * @throws IllegalStateException when the device does not hold what it should
   */
  void report(Row row);

  @Override
  void close();
}
