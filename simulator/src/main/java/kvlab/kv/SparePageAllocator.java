package kvlab.kv;

/**
 * Single pages on demand, up to one more than needed: {@code missing + 1} tokens, divided by the page and
 * rounded down, and one page on top, as HF Transformers counts in {@code _allocate_blocks_if_needed}
 * ({@code src/transformers/generation/continuous_batching/scheduler.py}).
 *
 * <pre>
 *   pages of 256, none held:   254 tokens -> 1   255 tokens -> 2   256 tokens -> 2   511 tokens -> 3
 * </pre>
 */
public final class SparePageAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final FreePages free;
  private final int marginPages;

  /**
   * An allocator over an empty pool.
   *
   * @param safetyMargin share of the pool under which new prompts are suspended
   */
  public SparePageAllocator(PageTable table, double safetyMargin) {
    this.table = table;
    this.pool = table.pool();
    this.free = new FreeQueue(pool, 0);
    this.marginPages = (int) Math.ceil(safetyMargin * pool.pages());
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    return grow(row, tokens);
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pagesFor(tokens);
  }

  private int pagesFor(int missingTokens) {
    return (missingTokens + 1) / pool.pageTokens() + 1;
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = tokens - table.capacityTokens(row);
    if (missing <= 0) {
      return true;
    }
    int pages = pagesFor(missing);
    if (pages > free.size()) {
      return false;
    }
    for (int i = 0; i < pages; i++) {
      table.append(row, free.take());
    }
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, table.capacityTokens(row) + 1);
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return pagesFor(Math.max(0, tokens - table.capacityTokens(row)));
  }

  @Override
  public void release(int row) {
    for (int i = 0; i < table.pages(row); i++) {
      free.give(table.page(row, i));
    }
    table.clear(row);
  }

  @Override
  public int freePages() {
    return free.size();
  }

  @Override
  public int marginPages() {
    return marginPages;
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  /** However a sequence got there, {@code (tokens + 1) / page + 1} pages hold it. */
  @Override
  public int largestSequenceTokens() {
    return Math.max(0, pool.slots() - 2);
  }
}
