package kvlab.kv;

import java.util.Arrays;

/**
 * The page ids of every running sequence: a row-major {@code int} matrix, the layout that paged
 * attention kernels read.
 *
 * <pre>
 *                 column = position / pageTokens
 *            row | 0    1    2    ...        stride - 1
 *              0 | 17   18   19   .          .             a run: consecutive ids
 *              1 | 4    911  3    250        .             pages from anywhere
 *   slot of position p in row r: ids[r * stride + p / pageTokens] * pageTokens + p % pageTokens
 * </pre>
 *
 * <p>Where layers slide over a window, a row may have given up the pages at its head: its later columns
 * keep their places.
 *
 * <p>The stride doubles when a row outgrows it, and the depth when a row beyond it is written, so memory
 * follows the longest sequence and the most sequences seen and not those allowed. Only allocators write; a page handed to a row while another holds it, other
 * than to be shared, stops the run.
 */
public final class PageTable {
  public static final int NO_PAGE = -1;
  private static final int FIRST_STRIDE = 16;
  private static final int FIRST_DEPTH = 16;
  private static final int WITHHELD = -1;

  private final Pool pool;
  private int stride = FIRST_STRIDE;
  private int depth; // rows that there is room for
  private int[] ids; // [depth][stride]
  private final int[] rowPages; // [maxRows] columns in use
  private final int[] rowFirst; // [maxRows] first of them that has a page
  private final int[] holders; // [pool.pages] rows that hold it, or WITHHELD
  private int heldPages; // each once
  private int tablePages; // each as often as rows hold it
  private int withheldPages;
  private final boolean[] changed; // [maxRows] whether it is in the list
  private final int[] changedRows;
  private int changedCount;
  private int[] cut = {}; // pages that nobody holds since a row was cut

  public PageTable(Pool pool, int maxRows) {
    this.pool = pool;
    this.depth = Math.min(maxRows, FIRST_DEPTH);
    this.ids = new int[depth * stride];
    this.rowPages = new int[maxRows];
    this.rowFirst = new int[maxRows];
    this.holders = new int[pool.pages()];
    this.changed = new boolean[maxRows];
    this.changedRows = new int[maxRows];
    Arrays.fill(ids, NO_PAGE);
  }

  public Pool pool() {
    return pool;
  }

  /** Rows of the matrix: the most sequences that can hold pages at once. */
  public int rows() {
    return rowPages.length;
  }

  /** Columns that the row has come to, those at its head that it gave up included. */
  public int pages(int row) {
    return rowPages[row];
  }

  /** The row's first column with a page; not 0 when a sliding window has passed those before it. */
  public int firstPage(int row) {
    return rowFirst[row];
  }

  /** The page of the row's tokens {@code [index * pageTokens, (index + 1) * pageTokens)}. */
  public int page(int row, int index) {
    return ids[row * stride + index];
  }

  /** Positions that the row has come to: slots of its pages and of those that it gave up. */
  public int capacityTokens(int row) {
    return rowPages[row] * pool.pageTokens();
  }

  /** The arena slot of the token at the position. */
  public int slot(int row, int position) {
    int pageTokens = pool.pageTokens();
    return ids[row * stride + position / pageTokens] * pageTokens + position % pageTokens;
  }

  /** Pages that rows hold; a page that several rows share counts once. */
  public int heldPages() {
    return heldPages;
  }

  /** Entries of the table: a page counts for each row that holds it. */
  public int tablePages() {
    return tablePages;
  }

  /** Pages that no row can ever get, such as vLLM's null page. */
  public int withheldPages() {
    return withheldPages;
  }

  /** How many rows hold the page; negative for one that no row can get. */
  public int holders(int page) {
    return holders[page];
  }

  /** The first page from that one on which no row of this table holds; the number of pages if there is none. */
  public int notHeld(int fromPage) {
    int page = fromPage;
    while (page < holders.length && holders[page] > 0) {
      page++;
    }
    return page;
  }

  /** Rows whose pages have changed since {@link #forgetChanges}, each once. */
  public int changedRows() {
    return changedCount;
  }

  /** The one at the index of them, in the order in which they changed. */
  public int changedRow(int index) {
    return changedRows[index];
  }

  /** Begins to note changes anew. */
  public void forgetChanges() {
    for (int i = 0; i < changedCount; i++) {
      changed[changedRows[i]] = false;
    }
    changedCount = 0;
  }

  private void noteChange(int row) {
    if (!changed[row]) {
      changed[row] = true;
      changedRows[changedCount++] = row;
    }
  }

  /** The backing matrix, for upload only; rows are {@link #stride} apart, and some may be missing. */
  public int[] ids() {
    return ids;
  }

  public int stride() {
    return stride;
  }

  /** Takes a page out of the pool for good. */
  public void withhold(int page) {
    requireFree(page, "withheld");
    holders[page] = WITHHELD;
    withheldPages++;
  }

  /** Appends a page that nobody holds. */
  public void append(int row, int page) {
    if (holders[page] != 0) {
      requireFree(page, "given to row " + row); // the message is made only when needed
    }
    hold(row, page);
  }

  /** Appends a page that other rows may hold too. */
  public void share(int row, int page) {
    if (holders[page] < 0) {
      throw new IllegalStateException("page " + page + " is withheld and cannot be shared");
    }
    hold(row, page);
  }

  /** Appends a run of pages that nobody holds. */
  public void appendRun(int row, int firstPage, int pages) {
    makeRoom(row, pages);
    noteChange(row);
    int at = row * stride + rowPages[row];
    for (int page = firstPage; page < firstPage + pages; page++) {
      if (holders[page] != 0) {
        requireFree(page, "given to row " + row);
      }
      holders[page] = 1;
      ids[at++] = page;
    }
    rowPages[row] += pages;
    tablePages += pages;
    heldPages += pages;
  }

  /** Appends so many pages that nobody holds. */
  void append(int row, int[] pages, int count) {
    makeRoom(row, 0);
    makeRoomForEach(row, count);
    noteChange(row);
    int at = row * stride + rowPages[row];
    for (int i = 0; i < count; i++) {
      int page = pages[i];
      if (holders[page] != 0) {
        requireFree(page, "given to row " + row);
      }
      holders[page] = 1;
      ids[at + i] = page;
    }
    rowPages[row] += count;
    tablePages += count;
    heldPages += count;
  }

  /**
   * Appends pages that nobody holds to rows in turn, one to each in a round.
   *
   * <pre>
   *   rows 5, 2    pages 30 31 32 33 34    row 5: .. 30 32 34    row 2: .. 31 33
   * </pre>
   *
   * @param count rows in a round, no row twice
   * @param size pages appended
   */
  void appendInTurn(int[] rows, int count, int[] pages, int size) {
    for (int i = 0; i < size; i++) {
      if (holders[pages[i]] != 0) {
        requireFree(pages[i], "given to row " + rows[i % count]);
      }
      holders[pages[i]] = 1;
    }
    for (int turn = 0; turn < count && turn < size; turn++) {
      int row = rows[turn];
      makeRoomForEach(row, (size - 1 - turn) / count + 1);
      noteChange(row);
      int at = row * stride + rowPages[row];
      for (int i = turn; i < size; i += count) {
        ids[at++] = pages[i];
      }
      rowPages[row] = at - row * stride;
    }
    tablePages += size;
    heldPages += size;
  }

  /** Puts a page that other rows may hold too in the place of the row's page, and returns that one. */
  int exchange(int row, int index, int page) {
    int at = row * stride + index;
    int before = ids[at];
    noteChange(row);
    ids[at] = page;
    heldPages -= --holders[before] == 0 ? 1 : 0;
    heldPages += holders[page]++ == 0 ? 1 : 0;
    return before;
  }

  /** Takes the row's last page from it, and returns it. */
  public int removeLast(int row) {
    noteChange(row);
    int at = row * stride + --rowPages[row];
    int page = ids[at];
    ids[at] = NO_PAGE;
    tablePages--;
    heldPages -= --holders[page] == 0 ? 1 : 0;
    return page;
  }

  /**
   * Takes the row's pages from a column on from it; none at its head was given up.
   *
   * @return how many of them nobody holds now; {@link #cut(int)} has them, the last of the row first
   */
  int cut(int row, int column) {
    noteChange(row);
    if (cut.length < rowPages[row]) {
      cut = new int[stride];
    }
    int from = row * stride + column;
    int freed = 0;
    boolean shared = heldPages < tablePages;
    for (int at = row * stride + rowPages[row] - 1; at >= from; at--) {
      int page = ids[at];
      ids[at] = NO_PAGE;
      int left = shared ? holders[page] - 1 : 0; // not to wait for memory where one is all
      holders[page] = left;
      if (left == 0) {
        cut[freed++] = page;
      }
    }
    tablePages -= rowPages[row] - column;
    heldPages -= freed;
    rowPages[row] = column;
    return freed;
  }

  /** A page that the last cut has left without a holder. */
  int cut(int index) {
    return cut[index];
  }

  /** Starts an empty row at a column: no page is held for the tokens before it. */
  void skipTo(int row, int column) {
    noteChange(row);
    rowPages[row] = column;
    rowFirst[row] = column;
  }

  /** Takes the pages before a column from the row, whose later ones stay where they are. */
  void dropHead(int row, int column) {
    noteChange(row);
    while (rowFirst[row] < column) {
      int at = row * stride + rowFirst[row]++;
      heldPages -= --holders[ids[at]] == 0 ? 1 : 0;
      ids[at] = NO_PAGE;
      tablePages--;
    }
  }

  /** Empties the row; the caller has noted its pages. */
  public void clear(int row) {
    noteChange(row);
    int base = row * stride;
    int freed = 0;
    for (int at = base + rowFirst[row]; at < base + rowPages[row]; at++) {
      freed += --holders[ids[at]] == 0 ? 1 : 0;
      ids[at] = NO_PAGE;
    }
    tablePages -= rowPages[row] - rowFirst[row];
    heldPages -= freed;
    rowPages[row] = 0;
    rowFirst[row] = 0;
  }

  private void hold(int row, int page) {
    makeRoom(row, 1);
    noteChange(row);
    ids[row * stride + rowPages[row]++] = page;
    tablePages++;
    heldPages += holders[page]++ == 0 ? 1 : 0;
  }

  private void makeRoom(int row, int pages) {
    if (row >= depth) {
      resize(Math.min(rowPages.length, Math.max(row + 1, depth * 2)), stride);
    }
    if (rowPages[row] + pages > stride) {
      resize(depth, Math.max(stride * 2, rowPages[row] + pages));
    }
  }

  /** Makes room that single pages, appended one after the other, would have found too. */
  private void makeRoomForEach(int row, int pages) {
    int wider = stride;
    while (wider < rowPages[row] + pages) {
      wider *= 2;
    }
    if (wider > stride) {
      resize(depth, wider);
    }
  }

  private void requireFree(int page, String what) {
    if (holders[page] != 0) {
      throw new IllegalStateException(
          "page " + page + " is held by " + holders[page] + " and was " + what);
    }
  }

  private void resize(int deeper, int wider) {
    int[] larger = new int[Math.multiplyExact(deeper, wider)];
    for (int row = 0; row < depth; row++) {
      System.arraycopy(ids, row * stride, larger, row * wider, stride);
      Arrays.fill(larger, row * wider + stride, (row + 1) * wider, NO_PAGE);
    }
    Arrays.fill(larger, depth * wider, larger.length, NO_PAGE);
    ids = larger;
    depth = deeper;
    stride = wider;
  }
}
