package kvlab.metrics;

import java.util.Arrays;

/**
 * What sequences take and fill in steps that otherwise repeat one another, as running sums from the first of
 * the steps on, in which nobody grows:
 *
 * <pre>
 *   step      0   1   2   3   4
 *   pages   | 0 | 2 | 3 | 3 | 5 |   taken since step 0
 *   evicted | 0 | 0 | 0 | 0 | 1 |   cached pages among them, and those that go with them
 *   unfit   | 0 | 0 | 7 | 7 | 7 |   tokens that will never be in the pages taken: tails of last pages
 * </pre>
 */
public final class Growth {
  private final int[] pages;
  private final int[] evicted;
  private final int[] unfit;
  private int last; // step; 0 where nobody grows

  /** Room for so many steps. */
  Growth(int mostSteps) {
    pages = new int[mostSteps];
    evicted = new int[mostSteps];
    unfit = new int[mostSteps];
  }

  /** Nobody grows up to that step. */
  public void begin(int lastStep) {
    last = lastStep;
    Arrays.fill(pages, 0, last + 1, 0);
    Arrays.fill(evicted, 0, last + 1, 0);
    Arrays.fill(unfit, 0, last + 1, 0);
  }

  /** Up to the step so many pages were taken, and so many are not cached any more. */
  public void take(int step, int pagesUpToIt, int evictedUpToIt) {
    pages[step] = pagesUpToIt;
    evicted[step] = evictedUpToIt;
  }

  /** A page taken in the step has room for so many tokens that there will never be. */
  public void addUnfit(int step, int tokens) {
    unfit[step] += tokens;
  }

  /** All is said. */
  public void end() {
    for (int step = 1; step <= last; step++) {
      unfit[step] += unfit[step - 1];
    }
  }

  boolean isNone() {
    return last == 0;
  }

  int pages(int step) {
    return last == 0 ? 0 : pages[step];
  }

  int evicted(int step) {
    return last == 0 ? 0 : evicted[step];
  }

  int unfit(int step) {
    return last == 0 ? 0 : unfit[step];
  }

  /** Pages taken in all steps. */
  int pages() {
    return pages(last);
  }

  /** No sum is larger than this. */
  int largest() {
    return last == 0 ? 0 : Math.max(pages[last], Math.max(evicted[last], unfit[last]));
  }
}
