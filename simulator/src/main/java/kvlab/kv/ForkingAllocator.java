package kvlab.kv;

/**
 * The block manager of the SOSP 2023 artifact for requests of several sequences ({@code
 * core/block_manager.py} of vLLM v0.1.0): a fork shares every page of its parent; a sequence that writes
 * into a page which others hold too gets a copy of it first.
 */
public final class ForkingAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final FreePages free;
  private final int samples;
  private final int marginPages;
  private long copiedTokens; // since they were last asked for

  /**
   * An allocator for requests of so many samples.
   *
   * @param watermark share of the pool that admission leaves free
   */
  public ForkingAllocator(PageTable table, int samples, double watermark) {
    this.samples = samples;
    this.table = table;
    this.pool = table.pool();
    this.free = new FreeStack(pool);
    this.marginPages = (int) (watermark * pool.pages());
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

  /** Gives an empty row every page of another row. */
  public void fork(int parentRow, int row) {
    for (int i = 0; i < table.pages(parentRow); i++) {
      table.share(row, table.page(parentRow, i));
    }
  }

  /** Leading pages that two rows have in common. */
  public int sharedPages(int row, int otherRow) {
    int most = Math.min(table.pages(row), table.pages(otherRow));
    int shared = 0;
    while (shared < most && table.page(row, shared) == table.page(otherRow, shared)) {
      shared++;
    }
    return shared;
  }

  /** Fills an empty row for so many tokens, its first pages shared with another row; false without room. */
  public boolean restore(int row, int tokens, int parentRow, int sharedPages) {
    int own = pool.pagesFor(tokens) - sharedPages;
    if (own > free.size()) {
      return false;
    }
    for (int i = 0; i < sharedPages; i++) {
      table.share(row, table.page(parentRow, i));
    }
    take(row, own);
    return true;
  }

  /** Room for one more token, in a page that no other row holds. */
  @Override
  public boolean grow(int row, int tokens) {
    if (free.size() < 1) {
      return false;
    }
    int last = table.pages(row) - 1;
    if (tokens > table.capacityTokens(row)) {
      take(row, 1);
    } else if (table.holders(table.page(row, last)) > 1) {
      table.removeLast(row);
      take(row, 1);
      copiedTokens += pool.pageTokens();
    }
    return true;
  }

  private void take(int row, int pages) {
    for (int i = 0; i < pages; i++) {
      table.append(row, free.take());
    }
  }

  /** Tokens copied on write since the last call. */
  public long takeCopiedTokens() {
    long copied = copiedTokens;
    copiedTokens = 0;
    return copied;
  }

  @Override
  public void release(int row) {
    while (table.pages(row) > 0) {
      int page = table.removeLast(row);
      if (table.holders(page) == 0) {
        free.give(page);
      }
    }
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(tokens);
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
  public boolean sharesUnfilledPages() {
    return true;
  }

  /** As if the samples shared nothing: what is sure to fit with a page to grow into for each of them. */
  @Override
  public int largestSequenceTokens() {
    return Math.max(0, (pool.pages() - marginPages) / samples - 1) * pool.pageTokens();
  }
}
