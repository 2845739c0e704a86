package kvlab.kv;

/**
 * Promises every admitted sequence the pages of its whole claim, which it then takes one by one: a
 * sequence is admitted when the pages of its claim are no more than the free pages that nobody else was
 * promised, so growth within the claim never fails. TensorRT-LLM's {@code NoEvictScheduledBlocksManager}
 * ({@code cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp}).
 *
 * <pre>
 *   free pages of the pool = promised, not taken yet (the margin) + available to admissions
 * </pre>
 *
 * <p>Pages that hold a cached prefix of the claim count in full, whether somebody holds them or not, so
 * that the promise holds whatever becomes of the others.
 */
public final class PromisingAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final KvAllocator pages;
  private final int[] promised; // [row] pages promised and not taken
  private int promisedPages; // over all rows

  /** Promises over the allocator that takes the pages and writes the table. */
  public PromisingAllocator(PageTable table, KvAllocator pages) {
    this.table = table;
    this.pool = table.pool();
    this.pages = pages;
    this.promised = new int[table.rows()];
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    int claimPages = pool.pagesFor(Math.max(tokens, claimTokens));
    if (claimPages > pages.freePages() - promisedPages
        || !pages.admit(row, request, knownTokens, tokens, claimTokens)) {
      return false;
    }
    promise(row, claimPages - table.pages(row));
    return true;
  }

  @Override
  public int cachedTokens(int request, int knownTokens) {
    return pages.cachedTokens(request, knownTokens);
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = Math.max(0, pool.pagesFor(tokens) - table.pages(row));
    if (missing > promised[row] || !pages.grow(row, tokens)) {
      return false;
    }
    promise(row, promised[row] - missing);
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return pages.nextGrowth(row, tokens);
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    int missing = Math.max(0, pool.pagesFor(tokens) - table.pages(row));
    return missing > promised[row] ? UNFORESEEN : pages.pagesToGrow(row, tokens);
  }

  @Override
  public void use(int row, int tokens, long step) {
    pages.use(row, tokens, step);
  }

  private void promise(int row, int itsPages) {
    promisedPages += itsPages - promised[row];
    promised[row] = itsPages;
  }

  @Override
  public void release(int row) {
    pages.release(row);
    promise(row, 0);
  }

  @Override
  public int freePages() {
    return pages.freePages();
  }

  @Override
  public int cachedPages() {
    return pages.cachedPages();
  }

  @Override
  public boolean isCached(int page) {
    return pages.isCached(page);
  }

  @Override
  public int marginPages() {
    return promisedPages;
  }

  @Override
  public int askedTokens(int row) {
    return pages.askedTokens(row);
  }

  @Override
  public boolean asksByPages() {
    return pages.asksByPages();
  }

  @Override
  public int largestSequenceTokens() {
    return pages.largestSequenceTokens();
  }
}
