package kvlab.step;

import java.util.SortedMap;

/**
 * Measured times by a count of tokens or sequences, linear between the counts measured; below the first it
 * is that of the first, beyond the last the line through the last two goes on.
 */
public final class CountTable {
  private final double[] nanos; // [count] up to the last measured
  private final double beyondNanos; // per count beyond the last

  /** The times by count, of which there is at least one. */
  public CountTable(SortedMap<Integer, Double> measured) {
    int last = measured.lastKey();
    nanos = new double[last + 1];
    int low = measured.firstKey();
    int previous = low;
    for (int count = 0; count <= low; count++) {
      nanos[count] = measured.get(low);
    }
    for (int high : measured.keySet()) {
      double step = high == low ? 0 : (measured.get(high) - measured.get(low)) / (high - low);
      for (int count = low + 1; count <= high; count++) {
        nanos[count] = measured.get(low) + step * (count - low);
      }
      previous = low;
      low = high;
    }
    beyondNanos = last == previous ? 0 : (nanos[last] - nanos[previous]) / (last - previous);
  }

  private CountTable(double[] nanos, double beyondNanos) {
    this.nanos = nanos;
    this.beyondNanos = beyondNanos;
  }

  /** The table of operators that run one after another, the other one so many times. */
  public CountTable plus(int times, CountTable other) {
    double[] sum = new double[Math.max(nanos.length, other.nanos.length)];
    for (int count = 0; count < sum.length; count++) {
      sum[count] = nanos(count) + times * other.nanos(count);
    }
    return new CountTable(sum, beyondNanos + times * other.beyondNanos);
  }

  double nanos(int count) {
    int last = nanos.length - 1;
    return count <= last ? nanos[count] : Math.max(0, nanos[last] + beyondNanos * (count - last));
  }

  boolean isOutside(int count) {
    return count >= nanos.length;
  }
}
