package kvlab.metrics;

import java.util.Arrays;

/** Values that are not negative, in order, each with how often it came: a radix sort that moves the two together. */
final class Ranking {
  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 1 << DIGIT_BITS;

  private long[] values;
  private long[]
      upTo; // [entry] how many there are up to this one; while sorting, how often it came
  private long[] sorted; // [entry] by one digit more
  private long[] sortedTimes;

  /** A ranking of the first entries of two columns, which stay as they are. */
  Ranking(long[] unsorted, long[] times, int entries) {
    values = Arrays.copyOf(unsorted, entries);
    upTo = Arrays.copyOf(times, entries);
    sorted = new long[entries];
    sortedTimes = new long[entries];
    long bits = 0;
    for (long value : values) {
      bits |= value;
    }
    int[] places = new int[DIGITS];
    for (int shift = 0; shift < Long.SIZE && bits >>> shift != 0; shift += DIGIT_BITS) {
      sortByDigit(shift, places);
    }
    sorted = values;
    sortedTimes = upTo;
    for (int i = 1; i < entries; i++) {
      upTo[i] += upTo[i - 1];
    }
  }

  /** Values with equal digits keep their order. */
  private void sortByDigit(int shift, int[] places) {
    Arrays.fill(places, 0);
    for (long value : values) {
      places[digit(value, shift)]++;
    }
    int before = 0;
    for (int digit = 0; digit < DIGITS; digit++) {
      int count = places[digit];
      places[digit] = before;
      before += count;
    }
    for (int i = 0; i < values.length; i++) {
      int place = places[digit(values[i], shift)]++;
      sorted[place] = values[i];
      sortedTimes[place] = upTo[i];
    }
    long[] spare = values;
    values = sorted;
    sorted = spare;
    spare = upTo;
    upTo = sortedTimes;
    sortedTimes = spare;
  }

  private static int digit(long value, int shift) {
    return (int) (value >>> shift) & (DIGITS - 1);
  }

  /** The value that has so many before it. */
  long at(long rank) {
    int entry = Arrays.binarySearch(upTo, rank + 1);
    return values[entry >= 0 ? entry : -entry - 1];
  }
}
