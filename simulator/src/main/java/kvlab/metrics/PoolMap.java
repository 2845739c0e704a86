package kvlab.metrics;

import java.util.List;
import java.util.function.IntPredicate;
import kvlab.kv.KvAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.PageTable;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.step.Batch;

/**
 * Who holds what of a pool at one moment, in cells of so many consecutive pages. Derived from the page
 * tables as {@link Partition} is, but page by page: along the pages of a row its slots are live, then
 * reserved, then internal, then rounding.
 *
 * <p>The slots of padding on the left of a row are drawn after its tokens and not before; of layers that
 * slide over a window, a page is passed once all layers of its group have passed it.
 */
public final class PoolMap {
  /** Owners of a cell that are no places among those running. */
  static final int NOBODY = -1;

  static final int SHARED = -2;
  static final int FINISHED = -3;
  static final int WITHHELD = -4;

  /** What most slots of a cell are that are not live; the order is that of the file. */
  public enum Rest {
    NONE,
    RESERVED,
    INTERNAL,
    ROUNDING,
    CACHED,
    FREE,
    WITHHELD
  }

  private final int pagesPerCell;
  private final int pageTokens;
  private final MapCells cells;
  private final int[] seen; // [page] count in which a shared one was last seen
  private int[] written = new int[64]; // [request handle]
  private int counts;

  /** A map of a pool, in at most so many cells. */
  public PoolMap(int pages, int pageTokens, int mostCells) {
    this.pagesPerCell = (pages + mostCells - 1) / mostCells;
    this.pageTokens = pageTokens;
    this.cells = MapCells.of(pages, pagesPerCell, pageTokens);
    this.seen = new int[pages];
  }

  int pagesPerCell() {
    return pagesPerCell;
  }

  MapCells cells() {
    return cells;
  }

  /** Forgets what was counted. */
  void clear() {
    counts++;
    cells.clear();
  }

  /** Counts every page after a step. */
  public void count(StepView step) {
    clear();
    IntList running = step.scheduler().running();
    noteWritten(step, running);
    for (LayerGroup group : step.partition().layout().groups()) {
      for (int i = 0; i < running.size(); i++) {
        count(step, group, running.get(i), i);
      }
      IntList lingering = step.scheduler().lingeringRows();
      for (int i = 0; i < lingering.size(); i++) {
        countLingering(group.table(), lingering.get(i), step.allocator());
      }
    }
    countFree(step.partition().layout().groups(), step.allocator()::isCached);
  }

  /** While steps repeat, the batch is ahead of the requests, which are brought up to date later. */
  private void noteWritten(StepView step, IntList running) {
    Requests requests = step.requests();
    if (written.length < requests.handles()) {
      written = new int[2 * requests.handles()];
    }
    for (int i = 0; i < running.size(); i++) {
      written[running.get(i)] = requests.computedTokens(running.get(i));
    }
    Batch batch = step.batch();
    for (int i = 0; i < step.goingOn(); i++) {
      written[batch.request(i)] = batch.context(i) + batch.tokens(i);
    }
  }

  /** Tokens that a running request had written at the moment counted. */
  int written(int request) {
    return written[request];
  }

  private void count(StepView step, LayerGroup group, int request, int place) {
    int itsWritten = written[request];
    PageTable table = group.table();
    int row = step.requests().row(request);
    int asked = step.allocator().askedTokens(row);
    int usable = asked - step.allocator().paddingTokens(row);
    int fit = Math.min(usable, step.partition().finalNeedTokens(request));
    boolean allSlide = group.layers().full() == 0;
    int passed = Math.min(allSlide ? group.layers().passedTokens(itsWritten) : 0, itsWritten);
    int full = Math.min(itsWritten, fit); // all slots from passed to here are live
    for (int i = table.firstPage(row); i < table.pages(row); i++) {
      int page = table.page(row, i);
      boolean shared = table.holders(page) > 1;
      if (shared) {
        if (seen[page] == counts) {
          continue;
        }
        seen[page] = counts;
      }
      int holder = shared ? SHARED : place;
      int from = i * pageTokens;
      if (passed <= from && from + pageTokens <= full) {
        cells.add(page, holder, Rest.NONE);
        continue;
      }
      int gone = within(passed, from);
      int live = within(itsWritten, from) - gone;
      int reserved = within(fit, from) - live - gone;
      int internal = within(asked, from) - live - reserved;
      cells.add(page, holder, live, reserved, internal, pageTokens - live - reserved - internal);
    }
  }

  private void countLingering(PageTable table, int row, KvAllocator allocator) {
    int asked = allocator.askedTokens(row);
    for (int i = table.firstPage(row); i < table.pages(row); i++) {
      int page = table.page(row, i);
      int internal = within(asked, i * pageTokens);
      cells.add(page, FINISHED, 0, 0, internal, pageTokens - internal);
    }
  }

  /** How many of a row's leading slots are in its page that begins at that position. */
  private int within(int tokens, int from) {
    return Math.max(0, Math.min(pageTokens, tokens - from));
  }

  /**
   * Counts the pages in no row of any table.
   *
   * @param isCached whether such a page is kept for what it holds
   */
  void countFree(List<LayerGroup> groups, IntPredicate isCached) {
    PageTable first = groups.get(0).table();
    int tables = groups.size();
    for (int page = first.notHeld(0); page < seen.length; page = first.notHeld(page + 1)) {
      int holders = first.holders(page);
      for (int i = 1; i < tables && holders == 0; i++) {
        holders = groups.get(i).table().holders(page);
      }
      if (holders < 0) {
        cells.add(page, WITHHELD, Rest.WITHHELD);
      } else if (holders == 0) {
        cells.add(page, NOBODY, isCached.test(page) ? Rest.CACHED : Rest.FREE);
      }
    }
  }

  /** Slots of the pool that are live, or with another rest that; for checking the sum over cells. */
  public long total(Rest rest) {
    return cells.total(rest);
  }
}
