package kvlab.kv;

/**
 * Pages of growing size: the first chunk of a sequence is one page of the pool, each further one is twice
 * as long as the one before it up to a largest length, and each is one aligned run of pages from a {@link
 * BuddyPlacement}.
 *
 * <pre>
 *   chunk      0  1    2        3                4           with chunks of up to 8 pages
 *   pages     |.|. .|. . . .|. . . . . . . .|. . . . . . . .|
 *   in use    |<------------ tokens ----------->|  the rest of the last chunk waits for more
 * </pre>
 *
 * No server works this way. It is what "variable-sized pages" would have to mean, which popular articles
 * ascribe to vLLM; PagedAttention's pages all have one length, and only their number varies (Kwon et al.,
 * SOSP 2023, section 4.1). Buddy allocation: Knuth, The Art of Computer Programming, volume 1, section 2.5.
 */
public final class BuddyAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final BuddyPlacement placement;
  private final int largestChunkPages;
  private final int largestSequencePages;

  /**
   * An allocator of an empty table.
   *
   * @param largestChunkTokens no chunk gets longer than the power of two of pages that this holds, or one
   *     page
   */
  public BuddyAllocator(PageTable table, int largestChunkTokens) {
    this.table = table;
    this.pool = table.pool();
    int whole = Math.max(1, largestChunkTokens / pool.pageTokens());
    this.largestChunkPages = Integer.highestOneBit(Math.min(whole, pool.pages()));
    this.placement = new BuddyPlacement(pool.pages(), largestChunkPages);
    this.largestSequencePages = fill(new BuddyPlacement(pool.pages(), largestChunkPages));
  }

  /** Pages that a sequence alone in the pool can get. */
  private int fill(BuddyPlacement empty) {
    int pages = 0;
    while (empty.take(chunkAt(pages)) != PageTable.NO_PAGE) {
      pages += chunkAt(pages);
    }
    return pages;
  }

  /** Pages of the chunk that starts after so many pages of a sequence: after 1 + 2 + .. + 2^(k-1), 2^k. */
  private int chunkAt(int pages) {
    return Math.min(Integer.highestOneBit(pages + 1), largestChunkPages);
  }

  /** Pages of the fewest chunks that hold so many tokens. */
  private int wholeChunks(int tokens) {
    int wanted = pool.pagesFor(tokens);
    int pages = 0;
    while (pages < wanted) {
      pages += chunkAt(pages);
    }
    return pages;
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    return extend(row, tokens);
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return wholeChunks(tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    return extend(row, tokens);
  }

  @Override
  public boolean rowsGrowAlone() {
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, table.capacityTokens(row) + 1);
  }

  private boolean extend(int row, int tokens) {
    int before = table.pages(row);
    int wanted = pool.pagesFor(tokens);
    while (table.pages(row) < wanted) {
      int chunk = chunkAt(table.pages(row));
      int first = placement.take(chunk);
      if (first == PageTable.NO_PAGE) {
        giveBack(row, before);
        return false;
      }
      table.appendRun(row, first, chunk);
    }
    return true;
  }

  /** Gives back the chunks behind so many pages of the row, the last one first. */
  private void giveBack(int row, int keptPages) {
    while (table.pages(row) > keptPages) {
      int chunk = lastChunk(table.pages(row));
      int first = PageTable.NO_PAGE;
      for (int i = 0; i < chunk; i++) {
        first = table.removeLast(row);
      }
      placement.give(first, chunk);
    }
  }

  /** Pages of the chunk that ends a sequence of so many pages. */
  private int lastChunk(int pages) {
    return Math.min(Integer.highestOneBit(pages), largestChunkPages);
  }

  @Override
  public void release(int row) {
    giveBack(row, 0);
  }

  @Override
  public int freePages() {
    return placement.freePages();
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
    return largestSequencePages * pool.pageTokens();
  }
}
