package kvlab.metrics;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The run over time in at most {@value #BINS} bins of equal width: for each the time-weighted mean of
 * every part, of running and waiting requests, and the tokens sampled. When the run outgrows the bins
 * their width doubles and neighbours merge, so memory is fixed and sums stay exact.
 */
public final class Timeline implements Probe {
  private static final int BINS = 1024;
  private static final long FIRST_WIDTH_NANOS = 1_000_000;
  private static final Part[] PARTS = Part.values();
  private static final int RUNNING = PARTS.length;
  private static final int WAITING = RUNNING + 1;
  private static final int COLUMNS = WAITING + 1;

  private final long capacitySlots;
  private final WideSum[] sums = new WideSum[COLUMNS]; // value-nanoseconds of the bin at hand
  private final long[] words =
      new long[BINS * COLUMNS * WideSum.WORDS]; // [bin][column], the others'
  private final long[] tokens = new long[BINS];
  private final long[] coveredNanos = new long[BINS];
  private final long[] values = new long[COLUMNS];
  private long widthNanos = FIRST_WIDTH_NANOS;
  private long startNanos = -1;
  private int used;
  private int at; // the bin at hand
  private int servers = 1;

  public Timeline(long capacitySlots) {
    this.capacitySlots = capacitySlots;
    Arrays.setAll(sums, column -> new WideSum());
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    if (startNanos < 0) {
      startNanos = step.startNanos();
    }
    read(step.partition());
    values[RUNNING] = step.scheduler().running().size();
    values[WAITING] = step.scheduler().waiting();
    cover(step.startNanos(), step.endNanos());
    tokens[bin(step.endNanos() - 1)] += step.sampled().size();
  }

  @Override
  public void onRepeats(Repeats repeats) {
    if (startNanos < 0) {
      startNanos = repeats.startNanos();
    }
    StepView first = repeats.first();
    read(first.partition());
    values[RUNNING] = first.scheduler().running().size();
    values[WAITING] = first.scheduler().waiting();
    int sampled = first.sampled().size();
    bin(repeats.endNanos() - 1); // so that bins are as wide as they will be
    int step = 0;
    long from = repeats.startNanos();
    while (step < repeats.count()) {
      int bin = bin(from);
      long binEnd = startNanos + (bin + 1) * widthNanos;
      int before = step;
      long to = from;
      if (step == 0 && repeats.endNanos() <= binEnd) {
        step = repeats.count();
        to = repeats.endNanos();
      }
      while (step < repeats.count() && to + repeats.nanos(step) <= binEnd) {
        to += repeats.nanos(step++);
      }
      int whole = step - before; // steps that lie in the bin
      if (whole > 0) {
        cover(bin, to - from);
        repeats.sum(before, step);
        for (Part part : PARTS) {
          repeats.addSlotNanos(part, sums[part.ordinal()]);
        }
        tokens[bin] += (long) whole * sampled;
      } else {
        to += repeats.nanos(step);
        move(repeats, 0, step);
        cover(from, to);
        move(repeats, step++, 0);
        tokens[bin(to - 1)] += sampled;
      }
      from = to;
    }
  }

  private void move(Repeats repeats, int fromStep, int toStep) {
    for (Part part : PARTS) {
      values[part.ordinal()] += repeats.change(part, fromStep, toStep);
    }
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (startNanos >= 0) {
      read(partition);
      values[RUNNING] = 0;
      values[WAITING] = 0;
      cover(fromNanos, toNanos);
    }
  }

  private void read(Partition partition) {
    for (Part part : PARTS) {
      values[part.ordinal()] = partition.slots(part);
    }
  }

  private void cover(long fromNanos, long toNanos) {
    int last = bin(toNanos - 1);
    long from = fromNanos;
    for (int bin = bin(fromNanos); bin <= last; bin++) {
      long to = Math.min(toNanos, startNanos + (bin + 1) * widthNanos);
      cover(bin, to - from);
      from = to;
    }
  }

  private void cover(int bin, long forNanos) {
    coveredNanos[bin] += forNanos;
    turnTo(bin);
    for (int column = 0; column < COLUMNS; column++) {
      if (values[column] != 0) {
        sums[column].addProduct(values[column], forNanos);
      }
    }
    used = Math.max(used, bin + 1);
  }

  private void turnTo(int bin) {
    if (bin != at) {
      putAway();
      take(bin);
    }
  }

  private void putAway() {
    for (int column = 0; column < COLUMNS; column++) {
      sums[column].put(words, place(at, column));
    }
  }

  private void take(int bin) {
    at = bin;
    for (int column = 0; column < COLUMNS; column++) {
      sums[column].take(words, place(bin, column));
    }
  }

  private static int place(int bin, int column) {
    return (bin * COLUMNS + column) * WideSum.WORDS;
  }

  private int bin(long nanos) {
    while ((nanos - startNanos) / widthNanos >= BINS) {
      mergeNeighbours();
    }
    return (int) ((nanos - startNanos) / widthNanos);
  }

  private void mergeNeighbours() {
    mergeSums();
    merge(coveredNanos);
    merge(tokens);
    widthNanos *= 2;
    used = (used + 1) / 2;
  }

  private void merge(long[] bins) {
    int merged = (used + 1) / 2;
    for (int i = 0; i < merged; i++) {
      bins[i] = bins[2 * i] + bins[2 * i + 1];
    }
    Arrays.fill(bins, merged, used, 0);
  }

  private void mergeSums() {
    putAway();
    int merged = (used + 1) / 2;
    WideSum left = new WideSum();
    WideSum right = new WideSum();
    for (int bin = 0; bin < merged; bin++) {
      for (int column = 0; column < COLUMNS; column++) {
        left.take(words, place(2 * bin, column));
        right.take(words, place(2 * bin + 1, column));
        left.add(right);
        left.put(words, place(bin, column));
      }
    }
    Arrays.fill(words, place(merged, 0), place(used, 0), 0);
    take(at / 2);
  }

  /** Bins that the run reached. */
  public int bins() {
    return used;
  }

  /** Columns of {@link #row}, in order. */
  public static List<String> columns() {
    List<String> columns = new ArrayList<>(List.of("t_s", "dt_s"));
    for (Part part : PARTS) {
      columns.add(part.column());
    }
    columns.addAll(List.of("running", "waiting", "output_tokens_per_s"));
    return columns;
  }

  /** One bin as a row of the time series. */
  public Row row(int bin) {
    turnTo(bin);
    Row row = new Row();
    row.fixed("t_s", (startNanos + bin * widthNanos) / 1e9, 6);
    long spanNanos = coveredNanos[bin] / servers;
    row.fixed("dt_s", spanNanos / 1e9, 6);
    BigInteger nanos = BigInteger.valueOf(coveredNanos[bin]);
    BigInteger slotNanos = nanos.multiply(BigInteger.valueOf(capacitySlots));
    for (Part part : PARTS) {
      row.fixed(part.column(), 100 * sums[part.ordinal()].over(slotNanos), 4);
    }
    row.fixed("running", sums[RUNNING].over(nanos), 4);
    row.fixed("waiting", sums[WAITING].over(nanos), 4);
    row.fixed("output_tokens_per_s", tokens[bin] * 1e9 / spanNanos, 3);
    return row;
  }

  @Override
  public void onBegin(long nanos) {
    startNanos = nanos;
  }

  /** Adds another server that began and ended at the same times: all but tokens become means of both. */
  public void merge(Timeline other) {
    while (widthNanos < other.widthNanos) {
      mergeNeighbours();
    }
    while (other.widthNanos < widthNanos) {
      other.mergeNeighbours();
    }
    for (int bin = 0; bin < BINS; bin++) {
      coveredNanos[bin] += other.coveredNanos[bin];
      tokens[bin] += other.tokens[bin];
      turnTo(bin);
      other.turnTo(bin);
      for (int column = 0; column < COLUMNS; column++) {
        sums[column].add(other.sums[column]);
      }
    }
    used = Math.max(used, other.used);
    servers += other.servers;
  }
}
