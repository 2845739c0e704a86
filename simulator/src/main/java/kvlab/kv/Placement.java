package kvlab.kv;

/** Where a run of consecutive pages goes, and what is left of the pool. */
public interface Placement {
  /** Takes a run of at least so many pages; its first page, or {@link PageTable#NO_PAGE}. */
  int take(int pages);

  /** Pages that {@link #take} really gives for a request of so many. */
  int granted(int pages);

  /** Takes a whole run back. */
  void give(int firstPage, int grantedPages);

  int freePages();

  /** The longest request, in pages, that an empty pool can serve. */
  int largestRequestPages();
}
