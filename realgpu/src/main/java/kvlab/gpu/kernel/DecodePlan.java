package kvlab.gpu.kernel;

import java.util.Arrays;

/**
 * The work list of decode attention: every row's context cut into equal parts, the longest part first, so
 * that a skewed batch keeps all processors busy (after the plan of FlashInfer, Ye et al., MLSys 2025, section
 * 3.3.1). Refilled per step, never reallocated.
 *
 * <pre>
 *   contexts 0, 40, 1000 with parts of at most 528 tokens:
 *   work   | row 2, 0..512, partial 0 | row 2, 512..1000, partial 1 | row 1, 0..40, - | row 0, 0..0, - |
 *   parts  | row 0: 0, 0 | row 1: 0, 0 | row 2: 0, 2 |
 * </pre>
 *
 * Of the numbers of parts that fill the device by half, once, and up to {@value #MOST_WAVES} times, and of none, it
 * takes the one that ends first by this estimate, in tokens that a resident block attends to:
 *
 * <pre>
 *   (tokens + OVERHEAD items) heads / resident + longest part * (share of the last wave short of half) / waves
 *   and at least longest part / ALONE
 * </pre>
 *
 * Half the blocks that fit already read as fast as memory gives; the constants are from a sweep on an H100
 * (results/2026-11-26-h100, decode-sweep.csv).
 */
public final class DecodePlan {
  private static final int FIELDS = 4;
  private static final int TILE_TOKENS = 16; // parts start at multiples
  private static final int LEAST_PART_TOKENS = 64; // a tile for each warp of a block
  private static final int MOST_WAVES = 4;
  private static final double ALONE =
      2; // how much faster than its share a block is when others have ended
  private static final int OVERHEAD_TOKENS = 128; // what starting and merging a part costs
  private static final int NONE = -1;

  private final int maxRows;
  private final int heads;
  private final int residentBlocks;
  private final int leastPartTokens;
  private final int[] work; // [item][row, first, end, partial]
  private final int[] parts; // [row][first partial, partials]
  private final long[] order; // [item], sorted by length
  private int items;
  private int partials;

  /**
   * A plan.
   *
   * @param heads blocks of an item, one per KV head
   * @param residentBlocks that run at once on the device
   */
  public DecodePlan(int maxRows, int heads, int residentBlocks) {
    this(maxRows, heads, residentBlocks, LEAST_PART_TOKENS);
  }

  /**
   * A plan whose parts have a least size of their own.
   *
   * @param leastPartTokens of a row that is cut
   */
  DecodePlan(int maxRows, int heads, int residentBlocks, int leastPartTokens) {
    this.maxRows = maxRows;
    this.heads = heads;
    this.residentBlocks = residentBlocks;
    this.leastPartTokens = leastPartTokens;
    this.work = new int[maxItems() * FIELDS];
    this.parts = new int[maxRows * 2];
    this.order = new long[maxItems()];
  }

  /** The most items that a plan can have. */
  public int maxItems() {
    return maxItems(maxRows);
  }

  /** The most items that a plan of so many rows can have. */
  public int maxItems(int rows) {
    return Math.max(rows, itemsOf(MOST_WAVES));
  }

  private int itemsOf(double waves) {
    return (int) (waves * residentBlocks / heads);
  }

  /** Plans for rows {@code 0..rows-1} with these contexts; what is beyond them is padding. */
  public void fill(int[] contexts, int rows) {
    fill(contexts, rows, bestPartTokens(contexts, rows));
  }

  /** Plans parts of at most so many tokens; for measuring what is best. */
  public void fill(int[] contexts, int rows, int partTokens) {
    items = 0;
    partials = 0;
    for (int row = 0; row < rows; row++) {
      int count = count(contexts[row], partTokens);
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

  private static int count(int context, int partTokens) {
    return Math.max(1, (context + partTokens - 1) / partTokens);
  }

  private int bestPartTokens(int[] contexts, int rows) {
    long total = 0;
    int longest = 1;
    for (int row = 0; row < rows; row++) {
      total += contexts[row];
      longest = Math.max(longest, contexts[row]);
    }
    int best = longest; // nothing is cut
    double bestCost = cost(total, rows, longest);
    for (int halves = 1; halves <= 2 * MOST_WAVES; halves = halves == 1 ? 2 : halves + 2) {
      int most = itemsOf(halves / 2.0);
      if (most <= rows) {
        continue;
      }
      int partTokens = tiles(Math.max(leastPartTokens, total / most));
      int itsItems = count(contexts, rows, partTokens);
      while (itsItems > most) {
        partTokens = tiles(partTokens + partTokens / 64 + 1L);
        itsItems = count(contexts, rows, partTokens);
      }
      double cost = cost(total, itsItems, Math.min(longest, partTokens));
      if (cost < bestCost) {
        bestCost = cost;
        best = partTokens;
      }
    }
    return best;
  }

  private static int tiles(long tokens) {
    return (int) ((tokens + TILE_TOKENS - 1) / TILE_TOKENS * TILE_TOKENS);
  }

  private static int count(int[] contexts, int rows, int partTokens) {
    int count = 0;
    for (int row = 0; row < rows; row++) {
      count += count(contexts[row], partTokens);
    }
    return count;
  }

  private double cost(long total, int itsItems, int partTokens) {
    long blocks = (long) itsItems * heads;
    long waves = Math.max(1, (blocks + residentBlocks - 1) / residentBlocks);
    long last = blocks - (waves - 1) * residentBlocks;
    double shortOfHalf = Math.max(0, 1 - 2.0 * last / residentBlocks);
    double shared = (total + (double) OVERHEAD_TOKENS * itsItems) * heads / residentBlocks;
    return Math.max(shared + partTokens * shortOfHalf / waves, partTokens / ALONE);
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
