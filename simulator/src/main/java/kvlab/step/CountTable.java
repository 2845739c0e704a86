package kvlab.step;

import java.util.Arrays;
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
    int[] counts = measured.keySet().stream().mapToInt(count -> count).toArray();
    double[] times = measured.values().stream().mapToDouble(time -> time).toArray();
    int last = counts.length - 1;
    nanos = new double[counts[last] + 1];
    Arrays.fill(nanos, 0, counts[0] + 1, times[0]);
    double step = 0;
    for (int i = 1; i <= last; i++) {
      step = (times[i] - times[i - 1]) / (counts[i] - counts[i - 1]);
      for (int count = counts[i - 1] + 1; count <= counts[i]; count++) {
        nanos[count] = times[i - 1] + step * (count - counts[i - 1]);
      }
    }
    beyondNanos = step;
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
