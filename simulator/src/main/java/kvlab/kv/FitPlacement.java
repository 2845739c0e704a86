package kvlab.kv;

/**
 * Runs of exactly the length asked for, in the first free gap that is long enough (first fit) or in
 * the shortest one (best fit, the lowest of equals). Neighbouring gaps merge at once. See Knuth, The
 * Art of Computer Programming, volume 1, section 2.5.
 */
final class FitPlacement implements Placement {
  /** Which gap is taken. */
  enum Fit {
    FIRST,
    BEST
  }

  private final Fit fit;
  private final int pages;
  private int[] start = new int[64]; // gaps by address
  private int[] length = new int[64];
  private int gaps;
  private int freePages;

  FitPlacement(int pages, Fit fit) {
    this.pages = pages;
    this.fit = fit;
    length[0] = pages;
    gaps = 1;
    freePages = pages;
  }

  @Override
  public int take(int wanted) {
    int gap = find(wanted);
    if (gap == gaps) {
      return PageTable.NO_PAGE;
    }
    int first = start[gap];
    start[gap] += wanted;
    length[gap] -= wanted;
    if (length[gap] == 0) {
      removeGap(gap);
    }
    freePages -= wanted;
    return first;
  }

  private int find(int wanted) {
    int found = gaps;
    for (int gap = 0; gap < gaps; gap++) {
      if (length[gap] >= wanted && (found == gaps || length[gap] < length[found])) {
        found = gap;
        if (fit == Fit.FIRST) {
          break;
        }
      }
    }
    return found;
  }

  @Override
  public int granted(int wanted) {
    return wanted;
  }

  @Override
  public void give(int firstPage, int grantedPages) {
    freePages += grantedPages;
    int gap = gapAfter(firstPage);
    boolean joinsLeft = gap > 0 && start[gap - 1] + length[gap - 1] == firstPage;
    boolean joinsRight = gap < gaps && firstPage + grantedPages == start[gap];
    if (joinsLeft) {
      length[gap - 1] += grantedPages;
      if (joinsRight) {
        length[gap - 1] += length[gap];
        removeGap(gap);
      }
    } else if (joinsRight) {
      start[gap] = firstPage;
      length[gap] += grantedPages;
    } else {
      insertGap(gap, firstPage, grantedPages);
    }
  }

  @Override
  public int freePages() {
    return freePages;
  }

  @Override
  public int largestRequestPages() {
    return pages;
  }

  /** The first gap that starts after the page. */
  private int gapAfter(int page) {
    int low = 0;
    int high = gaps;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (start[middle] > page) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void insertGap(int at, int first, int count) {
    if (gaps == start.length) {
      start = java.util.Arrays.copyOf(start, gaps * 2);
      length = java.util.Arrays.copyOf(length, gaps * 2);
    }
    System.arraycopy(start, at, start, at + 1, gaps - at);
    System.arraycopy(length, at, length, at + 1, gaps - at);
    start[at] = first;
    length[at] = count;
    gaps++;
  }

  private void removeGap(int at) {
    gaps--;
    System.arraycopy(start, at + 1, start, at, gaps - at);
    System.arraycopy(length, at + 1, length, at, gaps - at);
  }
}
