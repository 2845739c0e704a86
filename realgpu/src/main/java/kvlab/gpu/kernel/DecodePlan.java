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
 * Three kinds of plan are weighed: nothing is cut; equal parts that fill the device by half, once, and up to
 * {@value #MOST_WAVES} times; and parts of at most a slot's share of all tokens, with the last of them a sixteenth of
 * it, so that the blocks that run last end together; as many of those as make up for the longest of the others. (When the last blocks are long, half of the processors may
 * be done before the other half, and half a device reads little more than half as fast.) It takes the one that
 * ends first by this estimate, in tokens that a resident block attends to; a slot is a resident item:
 *
 * <pre>
 *   one wave    share + longest part * (share of the wave short of half), and at least longest part / ALONE
 *   more        share + longest part * (share of the last wave short of half) / waves, or what a part
 *               longer than the share takes beyond it, / ALONE;  + LAST * longest part of the last tenth
 *
 *   share = (tokens + OVERHEAD items) / slots
 * </pre>
 *
 * The constants are from sweeps on an H100 (results/2026-11-26-h100) and an H200 (results/2026-11-26-h200).
 */
public final class DecodePlan {
  private static final int FIELDS = 4;
  private static final int TILE_TOKENS = 16; // parts start at multiples
  private static final int LEAST_PART_TOKENS = 64; // a tile for each warp of a block
  private static final int MOST_WAVES = 4;
  private static final double ALONE =
      2; // how much faster than its share a block is when others have ended
  private static final int OVERHEAD_TOKENS = 80; // what starting and merging a part costs
  private static final double LAST = 0.06; // of the longest of the last parts is waited for
  private static final double LAST_SHARE = 0.1; // of the tokens, at least
  private static final double MOST_LAST_SHARE = 0.3;
  private static final double LAST_OF_LONGEST = 0.4; // of them for each share in the longest part
  private static final int FINER = 16; // parts of a slot's share among the last
  private static final int SPARE_WAVES = 3; // of items beyond the rows
  private static final int NONE = -1;

  private final int maxRows;
  private final int heads;
  private final int residentBlocks;
  private final int leastPartTokens;
  private final int[] work; // [item][row, first, end, partial]
  private final int[] parts; // [row][first partial, partials]
  private final long[] order; // [item], sorted by length
  private final long[] rowOrder; // [row], longest first
  private final int[] rowPartTokens; // [row], the most
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
    this.rowOrder = new long[maxRows];
    this.rowPartTokens = new int[maxRows];
  }

  /** The most items that a plan can have. */
  public int maxItems() {
    return maxItems(maxRows);
  }

  /** The most items that a plan of so many rows can have. */
  public int maxItems(int rows) {
    return Math.max(rows + itemsOf(SPARE_WAVES), itemsOf(MOST_WAVES));
  }

  private int itemsOf(double waves) {
    return (int) (waves * residentBlocks / heads);
  }

  /** Plans for rows {@code 0..rows-1} with these contexts; what is beyond them is padding. */
  public void fill(int[] contexts, int rows) {
    sortRows(contexts, rows);
    Cut best = best(contexts, rows);
    cut(contexts, rows, best);
    fillParts(contexts, rows);
  }

  /** Plans parts of at most so many tokens; for measuring what is best. */
  public void fill(int[] contexts, int rows, int partTokens) {
    Arrays.fill(rowPartTokens, 0, rows, partTokens);
    fillParts(contexts, rows);
  }

  private void fillParts(int[] contexts, int rows) {
    items = 0;
    partials = 0;
    for (int row = 0; row < rows; row++) {
      int count = count(contexts[row], rowPartTokens[row]);
      parts[row * 2] = partials;
      parts[row * 2 + 1] = count == 1 ? 0 : count;
      int evenTokens = even(contexts[row], count);
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

  /** Tokens of a part when so many are as equal as tiles allow. */
  private static int even(int context, int count) {
    return tiles((context + count - 1) / count);
  }

  private static int tiles(long tokens) {
    return (int) ((tokens + TILE_TOKENS - 1) / TILE_TOKENS * TILE_TOKENS);
  }

  /**
   * How rows are cut.
   *
   * @param partTokens at most
   * @param lastTokens at most, of the shortest rows, which have the last of all tokens
   * @param lastShare of the tokens
   */
  private record Cut(int partTokens, int lastTokens, double lastShare) {
    Cut(int partTokens) {
      this(partTokens, partTokens, LAST_SHARE);
    }
  }

  private void sortRows(int[] contexts, int rows) {
    for (int row = 0; row < rows; row++) {
      rowOrder[row] = (long) (Integer.MAX_VALUE - contexts[row]) << 32 | row;
    }
    Arrays.sort(rowOrder, 0, rows);
  }

  private void cut(int[] contexts, int rows, Cut cut) {
    long before = 0;
    long most = lastFrom(contexts, rows, cut.lastShare());
    for (int i = 0; i < rows; i++) {
      int row = (int) rowOrder[i];
      before += contexts[row];
      rowPartTokens[row] = before > most ? cut.lastTokens() : cut.partTokens();
    }
  }

  /** Tokens before those that come last. */
  private static long lastFrom(int[] contexts, int rows, double share) {
    return (long) ((1 - share) * total(contexts, rows));
  }

  private static long total(int[] contexts, int rows) {
    long total = 0;
    for (int row = 0; row < rows; row++) {
      total += contexts[row];
    }
    return total;
  }

  private Cut best(int[] contexts, int rows) {
    long total = total(contexts, rows);
    int longest = rows == 0 ? 1 : Math.max(1, contexts[(int) rowOrder[0]]);
    Cut best = new Cut(longest); // nothing is cut
    double bestCost = cost(contexts, rows, best, Integer.MAX_VALUE);
    for (int halves = 1; halves <= 2 * MOST_WAVES; halves = halves == 1 ? 2 : halves + 2) {
      int most = itemsOf(halves / 2.0);
      if (most <= rows) {
        continue;
      }
      int partTokens = tiles(Math.max(leastPartTokens, total / most));
      while (count(contexts, rows, partTokens) > most) {
        partTokens = tiles(partTokens + partTokens / 64 + 1L);
      }
      Cut equal = new Cut(partTokens);
      double cost = cost(contexts, rows, equal, most);
      if (cost < bestCost) {
        bestCost = cost;
        best = equal;
      }
    }
    Cut finer = finerAtTheEnd(contexts, rows, total / slots(), longest);
    return cost(contexts, rows, finer, maxItems(rows)) < bestCost ? finer : best;
  }

  private Cut finerAtTheEnd(int[] contexts, int rows, double share, int longest) {
    int partTokens = tiles((long) Math.max(leastPartTokens, share));
    int longestPart = Math.min(longest, even(longest, count(longest, partTokens)));
    double last = Math.min(MOST_LAST_SHARE, LAST_OF_LONGEST * longestPart / Math.max(1, share));
    int lastTokens = tiles((long) Math.max(leastPartTokens, share / FINER));
    Cut cut = new Cut(partTokens, lastTokens, Math.max(LAST_SHARE, last));
    while (lastTokens < partTokens && items(contexts, rows, cut) > maxItems(rows)) {
      lastTokens = tiles(lastTokens + lastTokens / 64 + 1L);
      cut = new Cut(partTokens, lastTokens, cut.lastShare());
    }
    return cut;
  }

  private int items(int[] contexts, int rows, Cut cut) {
    cut(contexts, rows, cut);
    int count = 0;
    for (int row = 0; row < rows; row++) {
      count += count(contexts[row], rowPartTokens[row]);
    }
    return count;
  }

  private static int count(int[] contexts, int rows, int partTokens) {
    int count = 0;
    for (int row = 0; row < rows; row++) {
      count += count(contexts[row], partTokens);
    }
    return count;
  }

  private double slots() {
    return (double) residentBlocks / heads;
  }

  /** The estimate; infinite for more items than there may be. */
  private double cost(int[] contexts, int rows, Cut cut, int mostItems) {
    cut(contexts, rows, cut);
    long most = lastFrom(contexts, rows, LAST_SHARE);
    long before = 0;
    int itsItems = 0;
    int longest = 0;
    int last = 0;
    for (int i = 0; i < rows; i++) {
      int row = (int) rowOrder[i];
      int count = count(contexts[row], rowPartTokens[row]);
      int partTokens = Math.min(contexts[row], even(contexts[row], count));
      itsItems += count;
      longest = Math.max(longest, partTokens);
      before += contexts[row];
      last = before > most ? Math.max(last, partTokens) : 0;
    }
    if (itsItems > mostItems) {
      return Double.POSITIVE_INFINITY;
    }
    double waves = Math.max(1, Math.ceil(itsItems / slots()));
    double lastWave = itsItems / slots() - (waves - 1);
    double shortOfHalf = longest * Math.max(0, 1 - 2 * lastWave) / waves;
    double share = (before + (double) OVERHEAD_TOKENS * itsItems) / slots();
    return waves == 1
        ? Math.max(share + shortOfHalf, longest / ALONE)
        : share + Math.max(shortOfHalf, (longest - share) / ALONE) + LAST * last;
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
