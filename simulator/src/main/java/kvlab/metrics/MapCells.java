package kvlab.metrics;

import kvlab.metrics.PoolMap.Rest;

/** What a {@link PoolMap} has counted, in cells of so many consecutive pages. */
interface MapCells {
  /** How full of tokens a cell is, in steps from 0 to this. */
  int FULL = 8;

  /** The cells of a pool, so many pages to each. */
  static MapCells of(int pages, int pagesPerCell, int pageTokens) {
    return pagesPerCell == 1
        ? new PageCells(pages, pageTokens)
        : new SharedCells(pages, pagesPerCell, pageTokens);
  }

  int count();

  /** Forgets all pages: nobody's, and nothing in them. */
  void clear();

  /** Adds a page with so many live slots and so many others of three kinds. */
  void add(int page, int holder, int live, int reserved, int internal, int rounding);

  /** Adds a page all of whose slots are of one kind, of NONE live. */
  void add(int page, int holder, Rest rest);

  /** Slots of that kind in all cells, of NONE the live ones. */
  long total(Rest rest);

  /** Puts the holder with most slots of each cell. */
  void owners(int[] into);

  /** Puts what the slots of each cell are: eighths that are live and {@link #FULL} + 1 times what the rest is. */
  void looks(byte[] into);

  /** A look of so many live ones among so many slots. */
  static byte look(int live, int slots, Rest rest) {
    int eighths = live == 0 ? 0 : FULL;
    if (live > 0 && live < slots) {
      eighths = Math.max(1, Math.min(FULL - 1, Math.round((float) FULL * live / slots)));
    }
    return (byte) (rest.ordinal() * (FULL + 1) + eighths);
  }
}
