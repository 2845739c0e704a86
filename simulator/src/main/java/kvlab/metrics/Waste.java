package kvlab.metrics;

import java.math.BigInteger;

/**
 * Shares of the pool by {@link Part}, weighted by time; and the paper view: the arithmetic mean over
 * steps of token, reservation, internal, and external and others (= rounding + free), which is how
 * Fig. 2 of PagedAttention (SOSP 2023) was made.
 */
public final class Waste implements Measurement {
  private static final Part[] PARTS = Part.values();

  private final long capacitySlots;
  private final Window window;
  private final WideSum[] slotNanos = new WideSum[PARTS.length];
  private final long[] stepSlots = new long[PARTS.length];
  private long nanos;
  private long steps;
  private boolean started;

  public Waste(long capacitySlots, Window window) {
    this.capacitySlots = capacitySlots;
    this.window = window;
    java.util.Arrays.setAll(slotNanos, i -> new WideSum());
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    started = true;
    Partition partition = step.partition();
    weigh(partition, window.overlapNanos(step.startNanos(), step.endNanos()));
    if (window.contains(step.startNanos())) {
      steps++;
      for (Part part : PARTS) {
        stepSlots[part.ordinal()] += partition.slots(part);
      }
    }
  }

  @Override
  public void onRepeats(Repeats repeats) {
    if (!window.contains(repeats.startNanos()) || !window.contains(repeats.endNanos())) {
      Measurement.super.onRepeats(repeats);
      return;
    }
    started = true;
    Partition partition = repeats.first().partition();
    weigh(partition, repeats.totalNanos());
    repeats.sum(0, repeats.count());
    repeats.addChanges(stepSlots);
    steps += repeats.count();
    for (Part part : PARTS) {
      repeats.addSlotNanos(part, slotNanos[part.ordinal()]);
      stepSlots[part.ordinal()] += repeats.count() * partition.slots(part);
    }
  }

  /** The wait for the first request is not part of the run. */
  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (started) {
      weigh(partition, window.overlapNanos(fromNanos, toNanos));
    }
  }

  private void weigh(Partition partition, long forNanos) {
    nanos += forNanos;
    for (Part part : PARTS) {
      slotNanos[part.ordinal()].addProduct(partition.slots(part), forNanos);
    }
  }

  /** Time of the run inside the window. */
  public long nanos() {
    return nanos;
  }

  /** Time-weighted share of the pool, 0 to 1. */
  public double share(Part part) {
    BigInteger all = BigInteger.valueOf(capacitySlots).multiply(BigInteger.valueOf(nanos));
    return slotNanos[part.ordinal()].over(all);
  }

  /** Mean over steps of the share of the pool, 0 to 1. */
  public double stepMean(Part part) {
    return steps == 0 ? 0 : (double) stepSlots[part.ordinal()] / steps / capacitySlots;
  }

  /** What Fig. 2 calls external fragmentation and others: the mean over steps of rounding and free. */
  public double stepMeanExternalAndOthers() {
    double sum = 0;
    for (Part part : PARTS) {
      if (part != Part.LIVE && part != Part.RESERVED && part != Part.INTERNAL) {
        sum += stepMean(part);
      }
    }
    return sum;
  }

  @Override
  public void report(Row row) {
    for (Part part : PARTS) {
      row.fixed(part.column(), 100 * share(part), 4);
    }
    row.fixed("paper_token_pct", 100 * stepMean(Part.LIVE), 4);
    row.fixed("paper_reservation_pct", 100 * stepMean(Part.RESERVED), 4);
    row.fixed("paper_internal_pct", 100 * stepMean(Part.INTERNAL), 4);
    row.fixed("paper_external_pct", 100 * stepMeanExternalAndOthers(), 4);
  }

  @Override
  public void onBegin(long nanos) {
    started = true;
  }

  /** Adds another pool of the same size: shares are of both. */
  public void merge(Waste other) {
    for (int part = 0; part < slotNanos.length; part++) {
      slotNanos[part].add(other.slotNanos[part]);
      stepSlots[part] += other.stepSlots[part];
    }
    nanos += other.nanos;
    steps += other.steps;
  }
}
