package kvlab.metrics;

import java.math.BigInteger;

/**
 * The share of the pool that holds tokens which a sliding window has passed, weighted by time; a part of
 * what {@link Part#INTERNAL} counts. For models with such layers only.
 */
public final class Passed implements Measurement {
  private final long capacitySlots;
  private final Window window;
  private final WideSum slotNanos = new WideSum();
  private long nanos;
  private boolean started;

  public Passed(long capacitySlots, Window window) {
    this.capacitySlots = capacitySlots;
    this.window = window;
  }

  @Override
  public void onStep(StepView step) {
    started = true;
    weigh(step.partition(), window.overlapNanos(step.startNanos(), step.endNanos()));
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (started) {
      weigh(partition, window.overlapNanos(fromNanos, toNanos));
    }
  }

  private void weigh(Partition partition, long forNanos) {
    nanos += forNanos;
    slotNanos.addProduct(partition.passedSlots(), forNanos);
  }

  @Override
  public void report(Row row) {
    BigInteger all = BigInteger.valueOf(capacitySlots).multiply(BigInteger.valueOf(nanos));
    row.fixed("passed_pct", 100 * slotNanos.over(all), 4);
  }

  @Override
  public void onBegin(long nanos) {
    started = true;
  }

  /** Adds another pool of the same size. */
  public void merge(Passed other) {
    slotNanos.add(other.slotNanos);
    nanos += other.nanos;
  }
}
