package kvlab.gpu.kernel;

import java.util.Arrays;

/**
 * The work list of decode attention: every row's context cut into parts, the longest part first, so that
 * a skewed batch keeps all processors busy (after the plan of FlashInfer, Ye et al., MLSys 2025, section
 * 3.3.1). Refilled per step, never reallocated.
 *
 * <pre>
 *   contexts 0, 40, 1000 with parts of at most 528 tokens:
 *   work   | row 2, 0..512, partial 0 | row 2, 512..1000, partial 1 | row 1, 0..40, - | row 0, 0..0, - |
 *   parts  | row 0: 0, 0 | row 1: 0, 0 | row 2: 0, 2 |
 * </pre>
 */
public final class DecodePlan {
  private static final int FIELDS = 4;
  private static final int TILE_TOKENS = 16; // parts start at multiples
  private static final int LEAST_PART_TOKENS = 256; // below it, merging costs more than it saves
  private static final int NONE = -1;

  private final int maxRows;
  private final int targetItems;
  private final int leastPartTokens;
  private final int[] work; // [item][row, first, end, partial]
  private final int[] parts; // [row][first partial, partials]
  private final long[] order; // [item], sorted by length
  private int items;
  private int partials;

  /**
   * A plan.
   *
   * @param targetItems items that keep the device busy: its processors times the blocks of each times
   *     the waves wanted, divided by the KV heads
   */
  public DecodePlan(int maxRows, int targetItems) {
    this(maxRows, targetItems, LEAST_PART_TOKENS);
  }

  /**
   * A plan with parts of another size.
   *
   * @param leastPartTokens that a part of a cut row has
   */
  public DecodePlan(int maxRows, int targetItems, int leastPartTokens) {
    this.leastPartTokens = leastPartTokens;
    this.maxRows = maxRows;
    this.targetItems = Math.max(1, targetItems);
    this.work = new int[maxItems() * FIELDS];
    this.parts = new int[maxRows * 2];
    this.order = new long[maxItems()];
  }

  /** The most items that a plan can have. */
  public int maxItems() {
    return maxRows + targetItems;
  }

  /** Plans for rows {@code 0..rows-1} with these contexts; what is beyond them is padding. */
  public void fill(int[] contexts, int rows) {
    long total = 0;
    for (int row = 0; row < rows; row++) {
      total += contexts[row];
    }
    int partTokens = partTokens(total);
    items = 0;
    partials = 0;
    for (int row = 0; row < rows; row++) {
      int count = Math.max(1, (contexts[row] + partTokens - 1) / partTokens);
      parts[row * 2] = partials;
      parts[row * 2 + 1] = count == 1 ? 0 : count;
      int each = (contexts[row] + count - 1) / count; // as equal as tiles allow
      int evenTokens = (each + TILE_TOKENS - 1) / TILE_TOKENS * TILE_TOKENS;
      for (int part = 0; part < count; part++) {
        int first = Math.min(contexts[row], part * evenTokens);
        int end = Math.min(contexts[row], first + evenTokens);
        order[items] = (long) (Integer.MAX_VALUE - (end - first)) << 32 | items;
        put(items++, row, first, end, count == 1 ? NONE : partials++);
      }
    }
    Arrays.fill(parts, rows * 2, maxRows * 2, 0);
    sort();
    for (int item = items; item < maxItems(); item++) {
      put(item, NONE, 0, 0, NONE);
    }
  }

  /** So long that there are about as many parts as wanted; never more than there is room for. */
  private int partTokens(long totalTokens) {
    long even = (totalTokens + targetItems - 1) / targetItems;
    long tiles = (Math.max(even, leastPartTokens) + TILE_TOKENS - 1) / TILE_TOKENS;
    return (int) Math.min(Integer.MAX_VALUE / 2, tiles * TILE_TOKENS);
  }

  private void put(int item, int row, int first, int end, int partial) {
    work[item * FIELDS] = row;
    work[item * FIELDS + 1] = first;
    work[item * FIELDS + 2] = end;
    work[item * FIELDS + 3] = partial;
  }

  private void sort() {
    Arrays.sort(order, 0, items);
    int[] unsorted = Arrays.copyOf(work, items * FIELDS);
    for (int item = 0; item < items; item++) {
      System.arraycopy(unsorted, (int) order[item] * FIELDS, work, item * FIELDS, FIELDS);
    }
  }

  /** Items in use; those beyond are padding. */
  public int items() {
    return items;
  }

  /** Partial results in use. */
  public int partials() {
    return partials;
  }

  /** {@code [maxItems][4]}, as the kernels read it. */
  public int[] work() {
    return work;
  }

  /** {@code [maxRows][2]}, as the kernels read it. */
  public int[] parts() {
    return parts;
  }
}
