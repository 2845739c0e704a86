package kvlab.study;

import java.util.concurrent.CancellationException;
import kvlab.metrics.Probe;
import kvlab.metrics.Repeats;
import kvlab.metrics.StepView;

/** Ends a run whose thread was interrupted. */
public final class Interruption implements Probe {
  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onRepeats(Repeats steps) {
    onStep(steps.first());
  }

  @Override
  public void onStep(StepView step) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted in step " + step.index());
    }
  }
}
