package kvlab.engine;

import kvlab.design.Server;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.metrics.Partition;
import kvlab.metrics.Probe;
import kvlab.metrics.Repeats;
import kvlab.metrics.StepView;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;
import kvlab.workload.InputException;

/** The step at hand, and the probes that look at it. */
final class Present implements StepView {
  static final long LAST_NANOS = 1L << 61; // sums of two times do not overflow

  final Repeats repeats = new Repeats(this, this::moveTo);
  long stepIndex;
  long startNanos;
  long nanos; // when the last step scheduled ends
  int goingOn; // of those that sampled in the step at hand, the first so many did in the one before
  private final Server server;
  private final Flight flight;
  private final Batch batch;
  private final Partition partition;
  private final Probe[] probes;
  private final IntList sampled = new IntList();
  private final IntList finished = new IntList();
  private int repeated; // of steps that repeat, the one that can be seen

  Present(Server server, Flight flight, Batch batch, Partition partition, Probe[] probes) {
    this.server = server;
    this.flight = flight;
    this.batch = batch;
    this.partition = partition;
    this.probes = probes;
  }

  void advance(long toNanos) {
    requireTime(toNanos, stepIndex);
    nanos = toNanos;
  }

  private void requireTime(long toNanos, long step) {
    if (toNanos < nanos || toNanos > LAST_NANOS) {
      throw new InputException("simulated time passes 2^61 ns (73 years) after step " + step
          + ": arrivals or step times are too large");
    }
  }

  void observe() {
    for (Probe probe : probes) {
      probe.onStep(this);
    }
  }

  /** Steps as long as the last one that begin before the time, about. */
  long stepsUntil(long untilNanos) {
    return (untilNanos - nanos) / Math.max(1, nanos - startNanos) + 1;
  }

  /** When a probe will next look at pages. */
  long nextLookNanos() {
    long nextNanos = Long.MAX_VALUE;
    for (Probe probe : probes) {
      nextNanos = Math.min(nextNanos, probe.nextLookNanos());
    }
    return nextNanos;
  }

  /** So many steps that repeat, whose times are known; it stands at the first of them, and then after the last. */
  void observeRepeats(int steps) {
    for (int done = 0; done < steps; done += repeats.count()) {
      startNanos = nanos;
      repeats.begin(done, steps - done, startNanos, partition, batch.size());
      if (done > 0) {
        batch.repeat(1);
        partition.move(repeats, -1, 0);
      }
      requireTime(repeats.endNanos(), stepIndex + repeats.count() - 1);
      nanos = startNanos + repeats.nanos(0);
      repeated = 0;
      for (Probe probe : probes) {
        probe.onRepeats(repeats);
      }
      moveTo(repeats.count() - 1);
      stepIndex++;
    }
  }

  /** Moves what can be seen to another of the steps that repeat. */
  private void moveTo(int step) {
    int by = step - repeated;
    if (by == 0) {
      return;
    }
    batch.repeat(by);
    partition.move(repeats, repeated, step);
    stepIndex += by;
    if (step == repeats.count() - 1) {
      startNanos = repeats.endNanos() - repeats.nanos(step);
    } else {
      startNanos = repeats.startNanos();
      for (int i = 0; i < step; i++) {
        startNanos += repeats.nanos(i);
      }
    }
    nanos = startNanos + repeats.nanos(step);
    repeated = step;
  }

  @Override
  public long index() {
    return stepIndex;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long endNanos() {
    return nanos;
  }

  @Override
  public Batch batch() {
    return batch;
  }

  @Override
  public Scheduler scheduler() {
    return server.scheduler();
  }

  @Override
  public KvAllocator allocator() {
    return server.allocator();
  }

  @Override
  public PageTable table() {
    return server.table();
  }

  @Override
  public Requests requests() {
    return server.requests();
  }

  @Override
  public Partition partition() {
    return partition;
  }

  @Override
  public IntList sampled() {
    return sampled;
  }

  @Override
  public IntList finished() {
    return finished;
  }

  @Override
  public int goingOn() {
    return goingOn;
  }

  @Override
  public long previousTokenNanos(int index) {
    return index < goingOn ? startNanos : flight.lastTokenNanos(sampled.get(index));
  }
}
