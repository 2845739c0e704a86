package kvlab.metrics;

import java.util.Arrays;

/**
 * Values in order, each with how often it came; a merge sort that moves the two together and takes what is in
 * order already as it is, which gaps between tokens are for long.
 */
final class Ranking {
  private long[] values;
  private long[]
      upTo; // [entry] how many there are up to this one; while sorting, how often it came

  /** A ranking of the first entries of two columns, which stay as they are. */
  Ranking(long[] unsorted, long[] times, int entries) {
    values = Arrays.copyOf(unsorted, entries);
    upTo = Arrays.copyOf(times, entries);
    int[] ends = runs(entries);
    int runs = ends.length;
    long[] merged = new long[runs > 1 ? entries : 0];
    long[] mergedTimes = new long[merged.length];
    while (runs > 1) {
      int from = 0;
      for (int run = 0; run < runs; run += 2) {
        int middle = ends[run];
        int to = run + 1 < runs ? ends[run + 1] : middle;
        merge(from, middle, to, merged, mergedTimes);
        ends[run / 2] = to;
        from = to;
      }
      runs = (runs + 1) / 2;
      long[] spare = values;
      values = merged;
      merged = spare;
      spare = upTo;
      upTo = mergedTimes;
      mergedTimes = spare;
    }
    for (int i = 1; i < entries; i++) {
      upTo[i] += upTo[i - 1];
    }
  }

  /** Where each run of values in order ends. */
  private int[] runs(int entries) {
    int runs = entries > 0 ? 1 : 0;
    for (int i = 1; i < entries; i++) {
      runs += values[i] < values[i - 1] ? 1 : 0;
    }
    int[] ends = new int[runs];
    int run = 0;
    for (int i = 1; i < entries; i++) {
      if (values[i] < values[i - 1]) {
        ends[run++] = i;
      }
    }
    if (runs > 0) {
      ends[run] = entries;
    }
    return ends;
  }

  private void merge(int from, int middle, int to, long[] merged, long[] mergedTimes) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft = right == to || (left < middle && values[left] <= values[right]);
      int taken = takeLeft ? left++ : right++;
      merged[i] = values[taken];
      mergedTimes[i] = upTo[taken];
    }
  }

  /** The value that has so many before it. */
  long at(long rank) {
    int entry = Arrays.binarySearch(upTo, rank + 1);
    return values[entry >= 0 ? entry : -entry - 1];
  }
}
