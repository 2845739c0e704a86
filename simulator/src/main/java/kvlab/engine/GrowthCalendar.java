package kvlab.engine;

import java.util.Arrays;

/**
 * When each sequence of a batch grows next, by step: a ring of sets of batch indices, so that those due in
 * a step are found in the batch's order, whenever they were put there.
 *
 * <pre>
 *   step % 64 |  0     1     2     3
 *   indices   | {4}   {}   {0,7}  {2}  ...     bits of long words
 * </pre>
 *
 * An index stays in sets of steps that it is not due in, so a set is a hint and {@code due} decides.
 */
final class GrowthCalendar {
  private static final int STEPS = 64;

  private long[] sets = {}; // [step % STEPS][words]
  private int[] due = {}; // [index] step
  private int words; // of a set
  private int last; // step that anybody is due in

  /** Empties it for so many indices. */
  void open(int size) {
    words = (size + Long.SIZE - 1) / Long.SIZE;
    if (sets.length < STEPS * words) {
      sets = new long[STEPS * words];
      due = new int[words * Long.SIZE];
    }
    Arrays.fill(sets, 0, STEPS * words, 0);
    last = 0;
  }

  /** The index is due in the step, and in no other. */
  void put(int index, int step) {
    due[index] = step;
    last = Math.max(last, step);
    sets[step % STEPS * words + index / Long.SIZE] |= 1L << index;
  }

  /** A step after the given one, and none between them that anybody is due in. */
  int nextStep(int step) {
    if (last <= step) {
      return Integer.MAX_VALUE;
    }
    int next = step + 1;
    for (; next < step + STEPS; next++) {
      int set = next % STEPS * words;
      for (int word = 0; word < words; word++) {
        if (sets[set + word] != 0) {
          return next;
        }
      }
    }
    return next;
  }

  /** The first index from the given one on that is due in the step, or -1. */
  int next(int step, int fromIndex) {
    int set = step % STEPS * words;
    long mask = -1L << fromIndex;
    for (int word = fromIndex / Long.SIZE; word < words; word++) {
      for (long bits = sets[set + word] & mask; bits != 0; bits &= bits - 1) {
        int index = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
        if (due[index] == step) {
          return index;
        }
      }
      mask = -1;
    }
    return -1;
  }
}
