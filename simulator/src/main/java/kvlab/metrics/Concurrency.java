package kvlab.metrics;

import java.math.BigInteger;
import kvlab.sched.Scheduler;

/** How many requests ran and waited, weighted by time, over the run and while requests waited. */
public final class Concurrency implements Measurement {
  private final Window window;
  private final WideSum runningNanos = new WideSum();
  private final WideSum runningNanosWhileWaiting = new WideSum();
  private final WideSum waitingNanos = new WideSum();
  private long nanos;
  private long nanosWhileWaiting;
  private long runningSteps;
  private long steps;
  private int runningMax;
  private int waitingMax;
  private boolean started;

  public Concurrency(Window window) {
    this.window = window;
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    started = true;
    boolean begins = window.contains(step.startNanos());
    long forNanos = window.overlapNanos(step.startNanos(), step.endNanos());
    count(step.scheduler(), forNanos, begins ? 1 : 0);
  }

  private void count(Scheduler scheduler, long forNanos, int itsSteps) {
    int running = scheduler.running().size();
    int waiting = scheduler.waiting();
    nanos += forNanos;
    runningNanos.addProduct(running, forNanos);
    waitingNanos.addProduct(waiting, forNanos);
    if (waiting > 0) {
      nanosWhileWaiting += forNanos;
      runningNanosWhileWaiting.addProduct(running, forNanos);
    }
    if (itsSteps > 0) {
      runningSteps += (long) running * itsSteps;
      steps += itsSteps;
      runningMax = Math.max(runningMax, running);
      waitingMax = Math.max(waitingMax, waiting);
    }
  }

  @Override
  public void onRepeats(Repeats repeats) {
    if (!window.contains(repeats.startNanos()) || !window.contains(repeats.endNanos())) {
      Measurement.super.onRepeats(repeats);
      return;
    }
    started = true;
    count(repeats.first().scheduler(), repeats.totalNanos(), repeats.count());
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (started) {
      nanos += window.overlapNanos(fromNanos, toNanos);
    }
  }

  /** Time-weighted mean of running requests. */
  public double runningMean() {
    return runningNanos.over(BigInteger.valueOf(nanos));
  }

  /** Mean over steps of running requests: how PagedAttention's Fig. 13 counts. */
  public double runningStepMean() {
    return steps == 0 ? 0 : (double) runningSteps / steps;
  }

  @Override
  public void report(Row row) {
    row.fixed("running_mean", runningMean(), 4);
    row.fixed("running_step_mean", runningStepMean(), 4);
    row.whole("running_max", runningMax);
    row.fixed(
        "running_mean_while_waiting",
        runningNanosWhileWaiting.over(BigInteger.valueOf(nanosWhileWaiting)),
        4);
    row.fixed("waiting_mean", waitingNanos.over(BigInteger.valueOf(nanos)), 4);
    row.whole("waiting_max", waitingMax);
  }

  @Override
  public void onBegin(long nanos) {
    started = true;
  }

  /** Adds another server: means become those of a server, and the most that of any one. */
  public void merge(Concurrency other) {
    runningNanos.add(other.runningNanos);
    runningNanosWhileWaiting.add(other.runningNanosWhileWaiting);
    waitingNanos.add(other.waitingNanos);
    nanos += other.nanos;
    nanosWhileWaiting += other.nanosWhileWaiting;
    runningSteps += other.runningSteps;
    steps += other.steps;
    runningMax = Math.max(runningMax, other.runningMax);
    waitingMax = Math.max(waitingMax, other.waitingMax);
  }
}
