package kvlab.kv;

/**
 * The cache of a left-padded batch as one tensor {@code [rows, width]} that is as wide as its longest
 * row and grows for all rows at once, by a column: {@code DynamicCache} of Hugging Face Transformers
 * ({@code cache_utils.py}, where {@code update} concatenates the old tensor and the new token's).
 *
 * <pre>
 *            |<-- width ------------------>|
 *     row 0  | a0 a1 a2 a3 a4 a5 | g0 g1   |   the longest prompt
 *     row 1  | __ __ __ b0 b1 b2 | g0 g1   |   three slots of left padding, never of use
 *     row 2  | __ c0 c1 c2 c3 c4 | g0 __   |   finished: it grows with the others
 * </pre>
 *
 * <p>Deviations: a sequence's tokens stand at the start of its table row and the padding behind them;
 * pages come from anywhere, since each growth puts the tensor of each layer elsewhere, so what the
 * caching allocator of PyTorch loses to holes is not modelled; nor is the copy of one layer's K or V
 * that exists while it is concatenated, 1 / (2 layers) of the cache.
 */
public final class PaddedBatchAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final FreePages free;
  private final int[] padding; // [row]
  private final boolean[] held; // [row]
  private int heldRows;
  private int widthTokens;
  private long concatenatedTokens;

  public PaddedBatchAllocator(PageTable table) {
    this.table = table;
    this.pool = table.pool();
    this.free = new FreeStack(table.pool());
    this.padding = new int[table.rows()];
    this.held = new boolean[table.rows()];
  }

  /** Adds a row of as many slots as are claimed, the width of the batch. */
  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    int width = Math.max(widthTokens, Math.max(tokens, claimTokens));
    int wider = width - widthTokens;
    if (!widen(width, pool.pagesFor(width))) {
      return false;
    }
    for (int other = 0; other < held.length; other++) {
      padding[other] += held[other] ? wider : 0;
    }
    held[row] = true;
    heldRows++;
    padding[row] = width - tokens;
    takeUpTo(row, pool.pagesFor(width));
    return true;
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(Math.max(widthTokens, tokens));
  }

  @Override
  public boolean grow(int row, int tokens) {
    int width = padding[row] + tokens;
    int before = widthTokens;
    if (width <= before) {
      return true;
    }
    if (!widen(width, 0)) {
      return false;
    }
    concatenatedTokens += (long) heldRows * before;
    return true;
  }

  /** Makes every row as wide as that, with so many pages left over; false, and nothing done, without room. */
  private boolean widen(int width, int sparePages) {
    int pages = pool.pagesFor(width);
    long missing = (long) heldRows * (pages - pool.pagesFor(widthTokens)) + sparePages;
    if (missing > free.size()) {
      return false;
    }
    for (int row = 0; row < held.length && width > widthTokens; row++) {
      if (held[row]) {
        takeUpTo(row, pages);
      }
    }
    widthTokens = width;
    return true;
  }

  private void takeUpTo(int row, int pages) {
    while (table.pages(row) < pages) {
      table.append(row, free.take());
    }
  }

  /** Tokens that growth has copied since the last call: old columns, those of padding included. */
  public long takeConcatenatedTokens() {
    long copied = concatenatedTokens;
    concatenatedTokens = 0;
    return copied;
  }

  @Override
  public void release(int row) {
    for (int i = table.pages(row) - 1; i >= 0; i--) {
      free.give(table.page(row, i));
    }
    table.clear(row);
    held[row] = false;
    heldRows--;
    padding[row] = 0;
    widthTokens = heldRows == 0 ? 0 : widthTokens;
  }

  @Override
  public int freePages() {
    return free.size();
  }

  @Override
  public int askedTokens(int row) {
    return held[row] ? widthTokens : 0;
  }

  @Override
  public int paddingTokens(int row) {
    return padding[row];
  }

  @Override
  public int largestSequenceTokens() {
    return pool.slots();
  }
}
