package kvlab.engine;

import java.util.Arrays;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.metrics.Growth;
import kvlab.metrics.Partition;
import kvlab.sched.Decisions;
import kvlab.step.Batch;

/**
 * Who takes pages in quiet steps, worked out for many of them at once. A row takes one whenever those that it
 * has are full, so it does every {@code pageTokens} steps, and rows take theirs in turn: by the step in which
 * they first do, in one step by their place in the batch.
 *
 * <pre>
 *   pages of 4; tokens  7   10   8   11          rows a, b, c, d after the step at hand
 *   next page in steps  2   3    1   2
 *   turns               c | a d | b |  | c | a d | b |  | ...
 *   dueUpTo             0   1   3   4   4
 * </pre>
 */
final class Turns {
  private final KvAllocator allocator;
  private final PageTable table;
  private final int pageTokens;
  private int[] dueUpTo = {}; // [step of a round] rows that have had their turn by then
  private int[] rows = {}; // [turn]
  private int[] due = {}; // [index of the batch] steps after the one at hand
  private int[] taken = {}; // pages
  private int[] cachedAfter = {}; // [page taken]
  private int inRound; // rows that take turns

  Turns(KvAllocator allocator, PageTable table) {
    this.allocator = allocator;
    this.table = table;
    this.pageTokens = table.pool().pageTokens();
  }

  /** Steps of a round, in which each row takes a page. */
  int roundSteps() {
    return pageTokens;
  }

  /** Pages that rows can take so that every part of the pool changes by the same slots with each of them. */
  long pages(Partition partition, Decisions decisions) {
    long pages = partition.countsByPages() ? allocator.pagesInTurn() : 0;
    long beyondMargin = allocator.freePages() - (long) allocator.marginPages();
    if (allocator.marginPages() > 0) { // which empty pages are kept for
      pages = Math.max(0, Math.min(pages, beyondMargin - allocator.cachedPages()));
    }
    int refused = decisions.refusedPages();
    boolean fits = refused > 0 && refused <= beyondMargin; // and would not with fewer
    return fits ? Math.min(pages, beyondMargin - refused) : pages;
  }

  /**
   * Lines the rows of a batch up; those that have more than a page to spare have no turn.
   *
   * @return steps after the one at hand for which so many pages are enough, before one of them needs a turn
   */
  int lineUp(Batch batch, long pages) {
    makeRoom(batch.size());
    Arrays.fill(dueUpTo, 0);
    int alone = Integer.MAX_VALUE;
    inRound = 0;
    for (int i = 0; i < batch.size(); i++) {
      due[i] = table.capacityTokens(batch.row(i)) - batch.context(i);
      if (due[i] <= pageTokens) {
        dueUpTo[due[i]]++;
        inRound++;
      } else {
        alone = Math.min(alone, due[i]);
      }
    }
    for (int step = 1; step <= pageTokens; step++) {
      dueUpTo[step] += dueUpTo[step - 1];
    }
    for (int i = batch.size() - 1; i >= 0; i--) {
      if (due[i] <= pageTokens) {
        rows[--dueUpTo[due[i]]] = batch.row(i);
      }
    }
    for (int step = 0; step < pageTokens; step++) {
      dueUpTo[step] = dueUpTo[step + 1]; // each was counted down to the one before
    }
    dueUpTo[pageTokens] = inRound;
    return Math.min(alone - 1, steps(pages));
  }

  private void makeRoom(int size) {
    if (rows.length < size) {
      rows = new int[size];
      due = new int[size];
    }
    if (dueUpTo.length == 0) {
      dueUpTo = new int[pageTokens + 1];
    }
  }

  /** The most steps in which no more than so many pages are taken. */
  private int steps(long pages) {
    if (inRound == 0) {
      return Integer.MAX_VALUE;
    }
    long rounds = pages / inRound;
    int step = 0;
    while (step + 1 < pageTokens && dueUpTo[step + 1] <= pages % inRound) {
      step++;
    }
    return (int) Math.min(Integer.MAX_VALUE, rounds * pageTokens + step);
  }

  /** Pages taken in so many steps. */
  private int pages(int steps) {
    return steps / pageTokens * inRound + dueUpTo[steps % pageTokens];
  }

  /** Takes the pages of so many steps after the one at hand, and says who is given more than it will fill. */
  void take(Batch batch, Flight flight, int steps, Growth growth) {
    int pages = pages(steps);
    if (cachedAfter.length < pages) {
      cachedAfter = new int[Integer.highestOneBit(pages) << 1];
      taken = new int[cachedAfter.length];
    }
    for (int i = 0; i < batch.size(); i++) {
      addTail(flight.finalNeedTokens(batch.request(i)), due[i], batch.context(i), steps, growth);
    }
    int cached = allocator.cachedPages();
    int margin = allocator.marginPages();
    Arrays.fill(cachedAfter, 0, pages, 0);
    allocator.takeInTurn(rows, inRound, pages, taken, cachedAfter);
    if (allocator.marginPages() != margin) {
      throw new IllegalStateException("the margin went from " + margin + " to "
          + allocator.marginPages() + " pages as rows took pages in turn");
    }
    for (int round = 0, step = 1; step <= steps; round += inRound) {
      for (int i = 1; i <= pageTokens && step <= steps; i++, step++) {
        int taken = round + dueUpTo[i];
        growth.take(step, taken, taken == 0 ? 0 : cached - cachedAfter[taken - 1]);
      }
    }
  }

  /** What the last page that a row takes holds beyond its final need, if it does so by then. */
  private void addTail(int needTokens, int itsDue, int contextTokens, int steps, Growth growth) {
    int capacity = contextTokens + itsDue;
    int missing = needTokens - capacity;
    if (missing <= 0) {
      return;
    }
    int before = (missing - 1) / pageTokens * pageTokens; // in whole pages
    int tail = before + pageTokens - missing;
    if (tail > 0 && itsDue + before <= steps) {
      growth.addUnfit(itsDue + before, tail);
    }
  }
}
