package kvlab.metrics;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Non-negative long values, for mean and quantiles. Exact up to {@value #EXACT_VALUES} values, with
 * linear interpolation between neighbours as numpy and {@code vllm bench serve} do it. Beyond that it
 * keeps counts in buckets a 1,024th of their value wide: the mean stays exact, a quantile is the middle
 * of its bucket and at most 0.05% off. Which values are exact does not depend on their order.
 */
public final class Distribution {
  static final int EXACT_VALUES = 1 << 20;
  private static final long[] NONE = {};
  private static final int BITS = 10; // a bucket is 2^-10 of its value wide
  private static final int BUCKETS = (64 - BITS) << BITS;

  private long[] values; // [entry] while exact
  private long[] times; // [entry] how often the value came
  private int entries;
  private @Nullable Ranking ranking; // made when asked for
  private long[] buckets = {};
  private long count;
  private final WideSum sum = new WideSum();
  private int exactValues;

  /** One that is exact up to the most values. */
  public Distribution() {
    this(EXACT_VALUES);
  }

  /** One that is exact up to so many values, {@value #EXACT_VALUES} at most. */
  Distribution(int exactValues) {
    this(exactValues, 64);
  }

  /** The same, with room from the start for so many different values, as far as they are kept. */
  Distribution(int exactValues, long room) {
    this.exactValues = exactValues;
    this.values = new long[(int) Math.max(1, Math.min(exactValues, room))];
    this.times = new long[values.length];
  }

  public void add(long value) {
    add(value, 1);
  }

  /** Adds a value so many times. */
  public void add(long value, long itsTimes) {
    if (value < 0) {
      throw new IllegalArgumentException("negative value: " + value);
    }
    sum.addProduct(value, itsTimes);
    if (buckets.length == 0 && count + itsTimes <= exactValues) {
      append(value, itsTimes);
    } else {
      spill();
      buckets[bucket(value)] += itsTimes;
    }
    count += itsTimes;
  }

  private void append(long value, long itsTimes) {
    ranking = null;
    if (entries > 0 && values[entries - 1] == value) {
      times[entries - 1] += itsTimes;
      return;
    }
    if (entries == values.length) {
      values = Arrays.copyOf(values, 2 * entries);
      times = Arrays.copyOf(times, 2 * entries);
    }
    values[entries] = value;
    times[entries++] = itsTimes;
  }

  private void spill() {
    if (buckets.length == 0) {
      buckets = new long[BUCKETS];
      for (int i = 0; i < entries; i++) {
        buckets[bucket(values[i])] += times[i];
      }
      values = NONE;
      times = NONE;
    }
  }

  public long count() {
    return count;
  }

  /** The mean; there is at least one value. */
  public double mean() {
    return sum.over(BigInteger.valueOf(count));
  }

  /** The value below which the share q of the values lies, q from 0 to 1; there is at least one value. */
  public double quantile(double q) {
    return buckets.length == 0 ? exactQuantile(q) : bucketQuantile(q);
  }

  private double exactQuantile(double q) {
    Ranking ranked = ranking == null ? new Ranking(values, times, entries) : ranking;
    ranking = ranked;
    double position = q * (count - 1);
    long below = (long) position;
    long value = ranked.at(below);
    return value + (position - below) * (ranked.at(Math.min(below + 1, count - 1)) - value);
  }

  private double bucketQuantile(double q) {
    long rank = (long) Math.floor(q * (count - 1));
    long seen = 0;
    int bucket = -1;
    while (seen <= rank) {
      seen += buckets[++bucket];
    }
    return middle(bucket);
  }

  /** Values below 2^(BITS+1) have a bucket each; above, each doubling has 2^BITS buckets. */
  private static int bucket(long value) {
    int shift = Math.max(0, 63 - BITS - Long.numberOfLeadingZeros(value | 1));
    return (shift << BITS) + (int) (value >>> shift);
  }

  private static double middle(int bucket) {
    int shift = Math.max(0, (bucket >>> BITS) - 1);
    long low = (long) (bucket - (shift << BITS)) << shift;
    return low + ((1L << shift) - 1) / 2.0;
  }

  /** Adds the values of another; they stay exact where both are and together few enough for one. */
  void merge(Distribution other) {
    exactValues = EXACT_VALUES;
    sum.add(other.sum);
    if (buckets.length == 0 && other.buckets.length == 0 && count + other.count <= exactValues) {
      for (int i = 0; i < other.entries; i++) {
        append(other.values[i], other.times[i]);
      }
    } else {
      spill();
      for (int i = 0; i < other.buckets.length; i++) {
        buckets[i] += other.buckets[i];
      }
      for (int i = 0; other.buckets.length == 0 && i < other.entries; i++) {
        buckets[bucket(other.values[i])] += other.times[i];
      }
    }
    ranking = null;
    count += other.count;
  }
}
