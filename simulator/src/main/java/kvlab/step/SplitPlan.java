package kvlab.step;

/**
 * Into how many parts FlashAttention-2 cuts every context of a batch of decodes, so that its thread blocks,
 * one per part, sequence and KV head, fill the GPU: {@code num_splits_heuristic} of its {@code flash_api.cpp},
 * which takes the fewest parts that reach 85% of the best share of the last wave,
 *
 * <pre>
 *   w(s) = b s / (2 M),  share(s) = w / ceil(w)     b  sequences times KV heads     M  multiprocessors
 * </pre>
 *
 * and one where b is 80% of 2 M or more. Deviation: contexts count as long enough for any number of parts.
 */
public final class SplitPlan {
  private static final int MOST_PARTS = 128;
  private static final double ENOUGH_BLOCKS = 0.8; // of what runs at a time
  private static final double ENOUGH_SHARE = 0.85; // of the best

  private final int[] parts; // [sequences], beyond its end 1

  /**
   * The plans of a GPU.
   *
   * @param kvHeads on it
   */
  public SplitPlan(int multiprocessors, int kvHeads) {
    int atATime = 2 * multiprocessors; // blocks of 128 threads
    int few = (int) Math.ceil(ENOUGH_BLOCKS * atATime / kvHeads);
    parts = new int[few];
    for (int sequences = 1; sequences < few; sequences++) {
      parts[sequences] = fewest((double) sequences * kvHeads / atATime);
    }
  }

  private static int fewest(double waves) {
    double best = 0;
    for (int s = 1; s <= MOST_PARTS; s++) {
      best = Math.max(best, share(waves * s));
    }
    int fewest = 1;
    while (share(waves * fewest) < ENOUGH_SHARE * best) {
      fewest++;
    }
    return fewest;
  }

  private static double share(double waves) {
    return waves / Math.ceil(waves);
  }

  /** Parts of each context in a batch of so many sequences. */
  int parts(int sequences) {
    return sequences < parts.length ? parts[sequences] : 1;
  }
}
