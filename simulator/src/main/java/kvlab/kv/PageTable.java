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
 * <p>The stride doubles when a row outgrows it, so memory follows the longest sequence seen and not
 * the longest one allowed. Only allocators write; a page handed to two rows, or taken back from a row
 * that does not hold it, stops the run.
 */
public final class PageTable {
  public static final int NO_PAGE = -1;
  private static final int FIRST_STRIDE = 16;
  private static final int UNOWNED = -1;
  private static final int WITHHELD = -2;

  private final Pool pool;
  private int stride = FIRST_STRIDE;
  private int[] ids; // [maxRows][stride]
  private final int[] rowPages; // [maxRows] pages in use
  private final int[] owner; // [pool.pages] row, UNOWNED or WITHHELD
  private int heldPages;
  private int withheldPages;

  public PageTable(Pool pool, int maxRows) {
    this.pool = pool;
    this.ids = new int[Math.multiplyExact(maxRows, stride)];
    this.rowPages = new int[maxRows];
    this.owner = new int[pool.pages()];
    Arrays.fill(ids, NO_PAGE);
    Arrays.fill(owner, UNOWNED);
  }

  public Pool pool() {
    return pool;
  }

  /** Rows of the matrix: the most sequences that can hold pages at once. */
  public int rows() {
    return rowPages.length;
  }

  /** Pages that the row holds. */
  public int pages(int row) {
    return rowPages[row];
  }

  /** The page of the row's tokens {@code [index * pageTokens, (index + 1) * pageTokens)}. */
  public int page(int row, int index) {
    return ids[row * stride + index];
  }

  /** Slots of the pages that the row holds. */
  public int capacityTokens(int row) {
    return rowPages[row] * pool.pageTokens();
  }

  /** The arena slot of the token at the position. */
  public int slot(int row, int position) {
    int pageTokens = pool.pageTokens();
    return ids[row * stride + position / pageTokens] * pageTokens + position % pageTokens;
  }

  /** Pages that rows hold, all together. */
  public int heldPages() {
    return heldPages;
  }

  /** Pages that no row can ever get, such as vLLM's null page. */
  public int withheldPages() {
    return withheldPages;
  }

  /** The row that holds the page, or a negative number. */
  public int ownerRow(int page) {
    return owner[page];
  }

  /** The backing matrix, for upload only; rows are {@link #stride} apart. */
  public int[] ids() {
    return ids;
  }

  public int stride() {
    return stride;
  }

  /** Takes a page out of the pool for good. */
  void withhold(int page) {
    own(page, WITHHELD);
    withheldPages++;
  }

  void append(int row, int page) {
    own(page, row);
    if (rowPages[row] == stride) {
      widen(stride + 1);
    }
    ids[row * stride + rowPages[row]++] = page;
    heldPages++;
  }

  void appendRun(int row, int firstPage, int pages) {
    if (rowPages[row] + pages > stride) {
      widen(rowPages[row] + pages);
    }
    int start = row * stride + rowPages[row];
    for (int i = 0; i < pages; i++) {
      own(firstPage + i, row);
      ids[start + i] = firstPage + i;
    }
    rowPages[row] += pages;
    heldPages += pages;
  }

  /** Empties the row; the caller has noted its pages. */
  void clear(int row) {
    int start = row * stride;
    for (int i = start; i < start + rowPages[row]; i++) {
      if (owner[ids[i]] != row) {
        throw new IllegalStateException(
            "row " + row + " gives back page " + ids[i] + " of row " + owner[ids[i]]);
      }
      owner[ids[i]] = UNOWNED;
      ids[i] = NO_PAGE;
    }
    heldPages -= rowPages[row];
    rowPages[row] = 0;
  }

  private void own(int page, int row) {
    if (owner[page] != UNOWNED) {
      throw new IllegalStateException(
          "page " + page + " of row " + owner[page] + " was given to row " + row + " too");
    }
    owner[page] = row;
  }

  private void widen(int needed) {
    int wider = Math.max(needed, stride + stride);
    int[] larger = new int[Math.multiplyExact(rowPages.length, wider)];
    Arrays.fill(larger, NO_PAGE);
    for (int row = 0; row < rowPages.length; row++) {
      System.arraycopy(ids, row * stride, larger, row * wider, rowPages[row]);
    }
    ids = larger;
    stride = wider;
  }
}
