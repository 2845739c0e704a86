package kvlab.kv;

import java.util.Arrays;

/**
 * Buddy allocation: runs of a power of two pages, aligned to their length, split in halves on demand
 * and merged with their twin when both are free. It is the allocator that the PagedAttention paper
 * gave to its Orca baselines (Kwon et al., SOSP 2023, section 6.1; artifact {@code
 * orca/cacheflow/master/block_manager.py}).
 *
 * <p>The pool is cut greedily from page 0 into the longest runs that fit, so a pool of 983 pages with
 * runs of up to 128 starts as 7 x 128, 64, 16, 4, 2, 1. Free runs of one length form a stack: the last
 * one freed or split off is taken first, and a split leaves the upper half free.
 */
final class BuddyPlacement implements Placement {
  private static final int NONE = -1;

  private final int largestRun;
  private final int[] top; // [order] first page of the run on top of the stack, or NONE
  private final int[] below; // [first page] next run down the stack
  private final int[] above; // [first page] next run up the stack
  private final byte[] freeOrder; // [first page] order of the free run that starts here, or NONE
  private final int largestRequest;
  private int freePages;

  /**
   * A pool of free runs.
   *
   * @param largestRequestPages the longest request that will come; runs get no longer than the power
   *     of two that holds it
   */
  BuddyPlacement(int pages, int largestRequestPages) {
    largestRun = ceilingPowerOfTwo(largestRequestPages);
    top = new int[order(largestRun) + 1];
    below = new int[pages];
    above = new int[pages];
    freeOrder = new byte[pages];
    Arrays.fill(top, NONE);
    Arrays.fill(freeOrder, (byte) NONE);
    int start = 0;
    int longest = 0;
    while (start < pages) {
      int run = Math.min(largestRun, Integer.highestOneBit(pages - start));
      push(start, order(run));
      longest = Math.max(longest, run);
      start += run;
    }
    largestRequest = longest;
    freePages = pages;
  }

  @Override
  public int take(int pages) {
    if (pages > largestRun) {
      return PageTable.NO_PAGE;
    }
    int wanted = order(granted(pages));
    int from = wanted;
    while (from < top.length && top[from] == NONE) {
      from++;
    }
    if (from == top.length) {
      return PageTable.NO_PAGE;
    }
    int start = top[from];
    remove(start);
    while (from > wanted) {
      from--;
      push(start + (1 << from), from);
    }
    freePages -= 1 << wanted;
    return start;
  }

  @Override
  public int granted(int pages) {
    return ceilingPowerOfTwo(pages);
  }

  @Override
  public void give(int firstPage, int grantedPages) {
    freePages += grantedPages;
    int start = firstPage;
    int order = order(grantedPages);
    while (1 << order < largestRun) {
      int twin = start ^ (1 << order);
      if (twin >= freeOrder.length || freeOrder[twin] != order) {
        break;
      }
      remove(twin);
      start = Math.min(start, twin);
      order++;
    }
    push(start, order);
  }

  @Override
  public int freePages() {
    return freePages;
  }

  @Override
  public int largestRequestPages() {
    return largestRequest;
  }

  /** Free runs of the length, from the bottom of their stack to its top. */
  int[] freeRuns(int runPages) {
    int count = 0;
    for (int run = top[order(runPages)]; run != NONE; run = below[run]) {
      count++;
    }
    int[] runs = new int[count];
    for (int run = top[order(runPages)]; run != NONE; run = below[run]) {
      runs[--count] = run;
    }
    return runs;
  }

  private void push(int start, int order) {
    below[start] = top[order];
    above[start] = NONE;
    if (top[order] != NONE) {
      above[top[order]] = start;
    }
    top[order] = start;
    freeOrder[start] = (byte) order;
  }

  private void remove(int start) {
    int order = freeOrder[start];
    if (above[start] == NONE) {
      top[order] = below[start];
    } else {
      below[above[start]] = below[start];
    }
    if (below[start] != NONE) {
      above[below[start]] = above[start];
    }
    freeOrder[start] = NONE;
  }

  private static int order(int powerOfTwo) {
    return Integer.numberOfTrailingZeros(powerOfTwo);
  }

  static int ceilingPowerOfTwo(int n) {
    return n <= 1 ? 1 : Integer.highestOneBit(n - 1) << 1;
  }
}
