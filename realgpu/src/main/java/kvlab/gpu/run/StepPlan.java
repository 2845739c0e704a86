package kvlab.gpu.run;

import java.util.Arrays;
import kvlab.step.Batch;

/**
 * The work of one step in the order in which a device takes it: sequences that decode first, one token
 * each, padded to a bucket; then the tokens of prompts. A step with more tokens than fit the activations
 * takes several passes, each of all layers.
 *
 * <pre>
 *   tokens | decode 0 | decode 1 | padding .. | prompt a, token 0 | 1 | 2 | prompt b .. |
 *   slot     0          1          -1           2                   2   2   3
 *          '------------- bucket ------------''----------- pass 0 -----------|- pass 1 -'
 * </pre>
 */
final class StepPlan {
  static final int NO_SLOT = -1;
  private static final int SMALL_BUCKET = 8;
  private static final int SMALL_BUCKETS_END = 64;
  private static final int LARGE_BUCKET = 32;

  private final int passTokens;
  private final int[] batchIndex; // [slot]
  private int[] slot = new int[1024]; // [token]
  private int[] position = new int[1024]; // [token]
  private int slots;
  private int decodes;
  private int bucket;
  private int tokens;

  /**
   * A plan.
   *
   * @param passTokens tokens that a pass can take, at least the bucket of all sequences
   */
  StepPlan(int maxSequences, int passTokens) {
    this.batchIndex = new int[maxSequences];
    this.passTokens = passTokens;
    if (bucketOf(maxSequences) > passTokens) {
      throw new IllegalArgumentException(
          "a pass of " + passTokens + " tokens for " + maxSequences + " sequences");
    }
  }

  /** Sequences that so many are padded to, so that few graphs serve all steps. */
  static int bucketOf(int sequences) {
    int unit = sequences <= SMALL_BUCKETS_END ? SMALL_BUCKET : LARGE_BUCKET;
    return (sequences + unit - 1) / unit * unit;
  }

  void fill(Batch batch) {
    slots = 0;
    tokens = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (isDecode(batch, i)) {
        add(slots, batch.context(i));
        batchIndex[slots++] = i;
      }
    }
    decodes = slots;
    bucket = bucketOf(decodes);
    while (tokens < bucket) {
      add(NO_SLOT, 0);
    }
    for (int i = 0; i < batch.size(); i++) {
      if (!isDecode(batch, i)) {
        for (int t = 0; t < batch.tokens(i); t++) {
          add(slots, batch.context(i) + t);
        }
        batchIndex[slots++] = i;
      }
    }
  }

  private static boolean isDecode(Batch batch, int i) {
    return batch.tokens(i) == 1 && batch.context(i) > 0;
  }

  private void add(int itsSlot, int itsPosition) {
    if (tokens == slot.length) {
      slot = Arrays.copyOf(slot, tokens * 2);
      position = Arrays.copyOf(position, tokens * 2);
    }
    slot[tokens] = itsSlot;
    position[tokens++] = itsPosition;
  }

  /** Sequences of the step. */
  int slots() {
    return slots;
  }

  /** The place in the batch of a slot's sequence. */
  int batchIndex(int itsSlot) {
    return batchIndex[itsSlot];
  }

  /** Slots {@code 0..decodes-1} decode. */
  int decodes() {
    return decodes;
  }

  /** Tokens at the start that are for decoding, padding included. */
  int bucket() {
    return bucket;
  }

  /** Tokens, padding included. */
  int tokens() {
    return tokens;
  }

  int slot(int token) {
    return slot[token];
  }

  int position(int token) {
    return position[token];
  }

  int passes() {
    return Math.max(1, (tokens + passTokens - 1) / passTokens);
  }

  int passStart(int pass) {
    return pass * passTokens;
  }

  int passEnd(int pass) {
    return Math.min(tokens, (pass + 1) * passTokens);
  }
}
