package kvlab.workload;

import java.util.Arrays;

/**
 * The distribution of a token count over requests. Quantiles are values that occur: the smallest one
 * that at least that share of the requests does not exceed (nearest rank).
 */
public record LengthStats(
    long min,
    long p1,
    long p25,
    long p50,
    long p75,
    long p90,
    long p95,
    long p99,
    long max,
    double mean,
    long sum) {

  /** Of at least one value; sorts the array. */
  static LengthStats of(long[] values) {
    Arrays.sort(values);
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return new LengthStats(
        values[0],
        percentile(values, 1),
        percentile(values, 25),
        percentile(values, 50),
        percentile(values, 75),
        percentile(values, 90),
        percentile(values, 95),
        percentile(values, 99),
        values[values.length - 1],
        (double) sum / values.length,
        sum);
  }

  private static long percentile(long[] sorted, int percent) {
    long rank = (sorted.length * (long) percent + 99) / 100; // rounded up, from 1
    return sorted[(int) rank - 1];
  }
}
