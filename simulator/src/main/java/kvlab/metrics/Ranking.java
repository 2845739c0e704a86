package kvlab.metrics;

import java.util.Arrays;

/** Values in order, each with how often it came; a merge sort that moves the two together. */
final class Ranking {
  private long[] values;
  private long[]
      upTo; // [entry] how many there are up to this one; while sorting, how often it came

  /** A ranking of the first entries of two columns, which stay as they are. */
  Ranking(long[] unsorted, long[] times, int entries) {
    values = Arrays.copyOf(unsorted, entries);
    upTo = Arrays.copyOf(times, entries);
    long[] merged = new long[entries];
    long[] mergedTimes = new long[entries];
    for (long width = 1; width < entries; width *= 2) {
      for (long from = 0; from < entries; from += 2 * width) {
        int middle = (int) Math.min(from + width, entries);
        int to = (int) Math.min(from + 2 * width, entries);
        merge((int) from, middle, to, merged, mergedTimes);
      }
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
