package kvlab.kv;

/**
 * Hands out single pages on demand, any free page serving any sequence, so that a sequence wastes at
 * most the tail of its last page (Kwon et al., "Efficient Memory Management for Large Language Model
 * Serving with PagedAttention", SOSP 2023, section 4). Claims are ignored.
 */
public final class PagedAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final FreePages free;
  private final int marginPages;
  private final int growthPages;

  private PagedAllocator(PageTable table, FreePages free, int marginPages, int growthPages) {
    this.table = table;
    this.pool = table.pool();
    this.free = free;
    this.marginPages = marginPages;
    this.growthPages = growthPages;
  }

  /**
   * The block manager of the SOSP 2023 artifact and of vLLM v0.1.0 ({@code core/block_manager.py}).
   * Admission leaves the watermark free; growth wants one free page whether the last page has room or
   * not, because the check is made for the worst case.
   */
  public static PagedAllocator vllmPaper(PageTable table, double watermark) {
    int margin = (int) (watermark * table.pool().pages());
    return new PagedAllocator(table, new FreeStack(table.pool()), margin, 1);
  }

  /**
   * The block pool of vLLM V1 without prefix caching ({@code vllm/v1/core/block_pool.py}): page 0 is
   * the null page, nothing is held back.
   */
  public static PagedAllocator vllmV1(PageTable table) {
    table.withhold(0);
    return new PagedAllocator(table, new FreeQueue(table.pool(), 1), 0, 0);
  }

  /** Every page to whoever needs it: no null page, nothing held back. */
  public static PagedAllocator onDemand(PageTable table) {
    return new PagedAllocator(table, new FreeQueue(table.pool(), 0), 0, 0);
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    int pages = pool.pagesFor(tokens);
    if (free.size() - pages < marginPages) {
      return false;
    }
    take(row, pages);
    return true;
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    if (free.size() < growthPages) {
      return false;
    }
    if (tokens <= table.capacityTokens(row)) {
      return true;
    }
    int missing = pool.pagesFor(tokens) - table.pages(row);
    if (missing > free.size()) {
      return false;
    }
    take(row, missing);
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return free.size() < growthPages ? tokens : Math.max(tokens, table.capacityTokens(row) + 1);
  }

  @Override
  public boolean rowsGrowAlone() {
    return growthPages == 0;
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return pool.pagesFor(tokens) - table.pages(row) + growthPages;
  }

  @Override
  public int pagesInTurn() {
    return Math.max(0, free.size() - growthPages);
  }

  @Override
  public void takeInTurn(int[] rows, int count, int pages, int[] taken, int[] cachedAfter) {
    for (int i = 0; i < pages; i++) {
      taken[i] = free.take();
    }
    table.appendInTurn(rows, count, taken, pages);
  }

  private void take(int row, int pages) {
    for (int i = 0; i < pages; i++) {
      table.append(row, free.take());
    }
  }

  /** Gives the pages back from the sequence's tail to its head, as vLLM does. */
  @Override
  public void release(int row) {
    int pages = table.cut(row, 0);
    for (int i = 0; i < pages; i++) {
      free.give(table.cut(i));
    }
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

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    int spare = Math.max(marginPages, growthPages);
    return Math.max(0, pool.pages() - table.withheldPages() - spare) * pool.pageTokens();
  }
}
