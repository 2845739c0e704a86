package kvlab.engine;

import java.util.Arrays;

/**
 * When each member of a cohort grows next, by step: a ring of sets of their places, so that those due in a
 * step are found in the cohort's order, whenever they were put there.
 *
 * <pre>
 *   step % 64 |  0     1     2     3
 *   places    | {4}   {}   {0,7}  {2}  ...     bits of long words
 * </pre>
 *
 * Who is due in more than 64 steps is in the set of an earlier step too, so a set is a hint and {@code due}
 * decides.
 */
final class GrowthCalendar {
  private static final int STEPS = Long.SIZE;
  private static final int NEVER = Integer.MAX_VALUE;

  private long[] sets = {}; // [step % STEPS][words]
  private int[] due = {}; // [place] step, or NEVER
  private int words; // of a set
  private long marked; // a bit for each set that somebody may be in

  /** Has room for so many places, more than before. */
  void widen(int places) {
    int[] before = due;
    words = (places + Long.SIZE - 1) / Long.SIZE;
    sets = new long[STEPS * words];
    due = new int[words * Long.SIZE];
    Arrays.fill(due, NEVER);
    for (int place = 0; place < before.length; place++) {
      put(place, before[place]);
    }
  }

  /** The place is due in the step, and no longer in the one before. */
  void put(int place, int step) {
    remove(place);
    if (step < NEVER) {
      due[place] = step;
      sets[step % STEPS * words + place / Long.SIZE] |= 1L << place;
      marked |= 1L << step;
    }
  }

  /** The place is due in no step. */
  void remove(int place) {
    if (due[place] < NEVER) {
      sets[due[place] % STEPS * words + place / Long.SIZE] &= ~(1L << place);
      due[place] = NEVER;
    }
  }

  /** None of the first so many places, which are all that there are, is due in any step. */
  void clear(int places) {
    Arrays.fill(sets, 0);
    Arrays.fill(due, 0, places, NEVER);
    marked = 0;
  }

  /** The step that the place is due in, or {@link Integer#MAX_VALUE} for none. */
  int due(int place) {
    return due[place];
  }

  /** A step after the given one, and none between them that anybody is due in. */
  int nextStep(int step) {
    while (marked != 0) {
      int next = step + 1 + Long.numberOfTrailingZeros(Long.rotateRight(marked, step + 1));
      int set = next % STEPS * words;
      for (int word = 0; word < words; word++) {
        if (sets[set + word] != 0) {
          return next;
        }
      }
      marked &= ~(1L << next);
    }
    return NEVER;
  }

  /** Lists the places that are due in the step, in their order; how many they are. */
  int list(int step, int[] list) {
    int count = 0;
    int set = step % STEPS * words;
    for (int word = 0; word < words; word++) {
      for (long bits = sets[set + word]; bits != 0; bits &= bits - 1) {
        int place = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
        list[count] = place;
        count += due[place] == step ? 1 : 0;
      }
    }
    return count;
  }
}
