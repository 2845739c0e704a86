package kvlab.metrics;

import java.util.Arrays;

/** Values that are not negative, in order, each with how often it came: a radix sort that moves the two together. */
final class Ranking {
  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 1 << DIGIT_BITS;

  private final long[] values;
  private final long[] upTo; // [entry] how many there are up to this one

  /** A ranking of the first entries of two columns, which stay as they are. */
  Ranking(long[] unsorted, long[] times, int entries) {
    long[][] columns = {Arrays.copyOf(unsorted, entries), Arrays.copyOf(times, entries)};
    long[][] spare = {new long[entries], new long[entries]};
    long bits = 0;
    for (long value : columns[0]) {
      bits |= value;
    }
    int[] places = new int[DIGITS];
    for (int shift = 0; shift < Long.SIZE && bits >>> shift != 0; shift += DIGIT_BITS) {
      sortByDigit(columns[0], columns[1], spare[0], spare[1], shift, places);
      long[][] sorted = spare;
      spare = columns;
      columns = sorted;
    }
    values = columns[0];
    upTo = columns[1];
    for (int i = 1; i < entries; i++) {
      upTo[i] += upTo[i - 1];
    }
  }

  /** Values with equal digits keep their order. */
  private static void sortByDigit(
      long[] values, long[] times, long[] toValues, long[] toTimes, int shift, int[] places) {
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
      toValues[place] = values[i];
      toTimes[place] = times[i];
    }
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
