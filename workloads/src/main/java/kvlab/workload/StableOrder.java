package kvlab.workload;

import java.util.Arrays;

/**
 * The order that sorts a column and leaves equal values as they stand: a merge sort of indices that
 * starts from the runs already in order, of which a trace has few.
 */
final class StableOrder {
  private StableOrder() {}

  /** Indices of the first values, by value; two int arrays of scratch. */
  static int[] of(long[] values, int size) {
    int[] order = new int[size];
    int[] ends = new int[16]; // [run], index after its last value
    int runs = 0;
    for (int i = 0; i < size; i++) {
      order[i] = i;
      if (i + 1 == size || values[i + 1] < values[i]) {
        if (runs == ends.length) {
          ends = Arrays.copyOf(ends, 2 * runs);
        }
        ends[runs++] = i + 1;
      }
    }
    int[] merged = runs > 1 ? new int[size] : order;
    while (runs > 1) {
      int out = 0;
      int from = 0;
      for (int run = 0; run < runs; run += 2) {
        int middle = ends[run];
        int to = run + 1 < runs ? ends[run + 1] : middle;
        merge(values, order, merged, from, middle, to);
        ends[out++] = to;
        from = to;
      }
      runs = out;
      int[] swapped = order;
      order = merged;
      merged = swapped;
    }
    return order;
  }

  private static void merge(
      long[] values, int[] order, int[] merged, int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft =
          right == to || (left < middle && values[order[left]] <= values[order[right]]);
      merged[i] = takeLeft ? order[left++] : order[right++];
    }
  }
}
