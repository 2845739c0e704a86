package kvlab.gpu.run;

import java.util.Arrays;

/**
 * The prompts' tokens of every pass cut into items of at most {@value #TILE} tokens of one sequence, as
 * prefill.cu takes them: in a pass those first that attend to most, which take longest.
 */
final class PrefillItems {
  static final int FIELDS = 4;
  static final int TILE =
      64; // queries of a block of prefill.cu, and tokens that it attends to at a time

  private int[] work =
      new int[FIELDS * 16]; // [item][slot, first token of the pass, tokens, position]
  private int[] passItems = new int[2]; // [pass] items before it
  private long[] order = new long[16]; // [item of the pass]
  private int[] sorted = new int[FIELDS * 16];
  private int items;

  void fill(StepPlan plan) {
    if (passItems.length < plan.passes() + 1) {
      passItems = new int[plan.passes() + 1];
    }
    items = 0;
    for (int pass = 0; pass < plan.passes(); pass++) {
      passItems[pass] = items;
      int start = plan.passStart(pass);
      int token = Math.max(start, plan.bucket());
      while (token < plan.passEnd(pass)) {
        int end = token + 1;
        while (end < plan.passEnd(pass)
            && end - token < TILE
            && plan.slot(end) == plan.slot(token)) {
          end++;
        }
        add(plan.slot(token), token - start, end - token, plan.position(token));
        token = end;
      }
      sort(passItems[pass]);
    }
    passItems[plan.passes()] = items;
  }

  private void add(int slot, int first, int tokens, int position) {
    if ((items + 1) * FIELDS > work.length) {
      work = Arrays.copyOf(work, work.length * 2);
      sorted = new int[work.length];
      order = new long[work.length / FIELDS];
    }
    int at = items++ * FIELDS;
    work[at] = slot;
    work[at + 1] = first;
    work[at + 2] = tokens;
    work[at + 3] = position;
  }

  private void sort(int from) {
    int count = items - from;
    for (int i = 0; i < count; i++) {
      order[i] = (long) (Integer.MAX_VALUE - context(from + i)) << 32 | i;
    }
    Arrays.sort(order, 0, count);
    System.arraycopy(work, from * FIELDS, sorted, 0, count * FIELDS);
    for (int i = 0; i < count; i++) {
      System.arraycopy(sorted, (int) order[i] * FIELDS, work, (from + i) * FIELDS, FIELDS);
    }
  }

  int count() {
    return items;
  }

  int first(int pass) {
    return passItems[pass];
  }

  int count(int pass) {
    return passItems[pass + 1] - passItems[pass];
  }

  /** Tokens that the last of an item's attends to. */
  int context(int item) {
    return work[item * FIELDS + 2] + work[item * FIELDS + 3];
  }

  /** {@code [item][4]}, as the kernel reads it; more than {@link #count} may be there. */
  int[] work() {
    return work;
  }
}
