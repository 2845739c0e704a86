package kvlab.kv;

/**
 * Reserves one run of consecutive pages for all that a sequence may ever need, when it is admitted; it
 * never grows. FasterTransformer and Orca serve this way (Kwon et al., SOSP 2023, section 3.1).
 */
public final class ContiguousAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final Placement placement;
  private final int largestTokens; // that one row can hold
  private final int[] asked; // [row] tokens claimed

  private ContiguousAllocator(PageTable table, Placement placement) {
    this(table, placement, Integer.MAX_VALUE);
  }

  private ContiguousAllocator(PageTable table, Placement placement, int mostTokens) {
    this.table = table;
    this.pool = table.pool();
    this.placement = placement;
    this.largestTokens = Math.min(mostTokens, placement.largestRequestPages() * pool.pageTokens());
    this.asked = new int[table.rows()];
  }

  /** Runs of a power of two pages; see {@link BuddyPlacement}. */
  public static ContiguousAllocator buddy(PageTable table, int maxModelTokens) {
    Pool pool = table.pool();
    return new ContiguousAllocator(
        table, new BuddyPlacement(pool.pages(), pool.pagesFor(maxModelTokens)));
  }

  /** Runs of the length asked for, in the lowest gap that is long enough. */
  public static ContiguousAllocator firstFit(PageTable table) {
    return new ContiguousAllocator(
        table, new FitPlacement(table.pool().pages(), FitPlacement.Fit.FIRST));
  }

  /** Runs of the length asked for, in the shortest gap that is long enough. */
  public static ContiguousAllocator bestFit(PageTable table) {
    return new ContiguousAllocator(
        table, new FitPlacement(table.pool().pages(), FitPlacement.Fit.BEST));
  }

  /** As many equal slots as the pool holds. */
  public static ContiguousAllocator slots(PageTable table, int slotTokens) {
    Pool pool = table.pool();
    return new ContiguousAllocator(
        table, new SlotPlacement(pool.pages(), pool.pagesFor(slotTokens)), slotTokens);
  }

  /** So many equal slots, as many as the pool holds at most; the rest of the pool is left out. */
  public static ContiguousAllocator slots(PageTable table, int slotTokens, int slots) {
    Pool pool = table.pool();
    int slotPages = pool.pagesFor(slotTokens);
    int pages = (int) Math.min(pool.pages(), (long) slots * slotPages);
    for (int page = pages; page < pool.pages(); page++) {
      table.withhold(page);
    }
    return new ContiguousAllocator(table, new SlotPlacement(pages, slotPages), slotTokens);
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    int claim = Math.max(tokens, claimTokens);
    int pages = pool.pagesFor(claim);
    int first = placement.take(pages);
    if (first == PageTable.NO_PAGE) {
      return false;
    }
    table.appendRun(row, first, placement.granted(pages));
    asked[row] = claim;
    return true;
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    return tokens <= asked[row];
  }

  @Override
  public boolean rowsGrowAlone() {
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, asked[row] + 1);
  }

  @Override
  public void release(int row) {
    placement.give(table.page(row, 0), table.pages(row));
    table.clear(row);
    asked[row] = 0;
  }

  @Override
  public int freePages() {
    return placement.freePages();
  }

  @Override
  public int askedTokens(int row) {
    return asked[row];
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    return largestTokens;
  }
}
