package kvlab.metrics;

import java.util.Arrays;
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
  /** Owners of a cell that are no requests. */
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

  /** How full of tokens a cell is, in steps from 0 to this. */
  static final int FULL = 8;

  private static final int RESTS = Rest.values().length;

  private final int pagesPerCell;
  private final int pageTokens;
  private final int[] slots; // [cell * RESTS + rest], of NONE the live ones
  private final int[] owner; // [cell] handle of whom most slots counted so far belong to
  private final int[] owned; // [cell] slots of that one
  private final int[] latest; // [cell] handle of whom slots were counted last
  private final int[] latestOwned; // [cell]
  private final int[] seen; // [page] count in which it was last seen
  private int[] written = new int[64]; // [request handle]
  private int counts;

  /** A map of a pool, in at most so many cells. */
  public PoolMap(int pages, int pageTokens, int mostCells) {
    this.pagesPerCell = (pages + mostCells - 1) / mostCells;
    this.pageTokens = pageTokens;
    int cells = (pages + pagesPerCell - 1) / pagesPerCell;
    slots = new int[cells * RESTS];
    owner = new int[cells];
    owned = new int[cells];
    latest = new int[cells];
    latestOwned = new int[cells];
    seen = new int[pages];
  }

  int pagesPerCell() {
    return pagesPerCell;
  }

  int cells() {
    return owner.length;
  }

  /** Forgets what was counted. */
  void clear() {
    counts++;
    Arrays.fill(slots, 0);
    Arrays.fill(owner, NOBODY);
    Arrays.fill(owned, 0);
    Arrays.fill(latest, NOBODY);
    Arrays.fill(latestOwned, 0);
  }

  /** Counts every page after a step. */
  public void count(StepView step) {
    clear();
    IntList running = step.scheduler().running();
    noteWritten(step, running);
    for (LayerGroup group : step.partition().layout().groups()) {
      for (int i = 0; i < running.size(); i++) {
        count(step, group, running.get(i));
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
    for (int i = 0; step.repeats() && i < batch.size(); i++) {
      written[batch.request(i)] = batch.context(i) + batch.tokens(i);
    }
  }

  /** Tokens that a running request had written at the moment counted. */
  int written(int request) {
    return written[request];
  }

  private void count(StepView step, LayerGroup group, int request) {
    int itsWritten = written[request];
    PageTable table = group.table();
    int row = step.requests().row(request);
    int asked = step.allocator().askedTokens(row);
    int usable = asked - step.allocator().paddingTokens(row);
    int fit = Math.min(usable, step.partition().finalNeedTokens(request));
    boolean allSlide = group.layers().full() == 0;
    int passed = allSlide ? group.layers().passedTokens(itsWritten) : 0;
    for (int i = table.firstPage(row); i < table.pages(row); i++) {
      int page = table.page(row, i);
      boolean shared = table.holders(page) > 1;
      if (shared && seen[page] == counts) {
        continue;
      }
      seen[page] = counts;
      int from = i * pageTokens;
      int gone = within(Math.min(passed, itsWritten), from);
      int live = within(itsWritten, from) - gone;
      int reserved = within(fit, from) - live - gone;
      int internal = within(asked, from) - live - reserved;
      add(page, shared ? SHARED : request, live, reserved, internal);
    }
  }

  private void countLingering(PageTable table, int row, KvAllocator allocator) {
    int asked = allocator.askedTokens(row);
    for (int i = table.firstPage(row); i < table.pages(row); i++) {
      seen[table.page(row, i)] = counts;
      add(table.page(row, i), FINISHED, 0, 0, within(asked, i * pageTokens));
    }
  }

  /** How many of a row's leading slots are in its page that begins at that position. */
  private int within(int tokens, int from) {
    return Math.max(0, Math.min(pageTokens, tokens - from));
  }

  private void add(int page, int holder, int live, int reserved, int internal) {
    int cell = page / pagesPerCell;
    int at = cell * RESTS;
    slots[at] += live;
    slots[at + Rest.RESERVED.ordinal()] += reserved;
    slots[at + Rest.INTERNAL.ordinal()] += internal;
    slots[at + Rest.ROUNDING.ordinal()] += pageTokens - live - reserved - internal;
    own(cell, holder);
  }

  /** The holders of a cell come one after the other, so the best of them is known when the last has come. */
  private void own(int cell, int holder) {
    if (latest[cell] != holder) {
      latest[cell] = holder;
      latestOwned[cell] = 0;
    }
    latestOwned[cell] += pageTokens;
    if (latestOwned[cell] > owned[cell]) {
      owner[cell] = holder;
      owned[cell] = latestOwned[cell];
    }
  }

  /**
   * Counts the pages in no row of any table.
   *
   * @param isCached whether such a page is kept for what it holds
   */
  void countFree(List<LayerGroup> groups, IntPredicate isCached) {
    for (int page = 0; page < seen.length; page++) {
      if (seen[page] == counts) {
        continue;
      }
      int holders = 0;
      for (LayerGroup group : groups) {
        holders = holders == 0 ? group.table().holders(page) : holders;
      }
      if (holders > 0) {
        continue;
      }
      int cell = page / pagesPerCell;
      Rest rest = Rest.WITHHELD;
      if (holders == 0) {
        rest = isCached.test(page) ? Rest.CACHED : Rest.FREE;
      }
      slots[cell * RESTS + rest.ordinal()] += pageTokens;
      own(cell, rest == Rest.WITHHELD ? WITHHELD : NOBODY);
    }
  }

  /** Slots of the pool that are live, or with another rest that; for checking the sum over cells. */
  public long total(Rest rest) {
    long sum = 0;
    for (int cell = 0; cell < owner.length; cell++) {
      sum += slots[cell * RESTS + rest.ordinal()];
    }
    return sum;
  }

  /** Handle of the request that has most of the cell, or one of the owners that are none. */
  int owner(int cell) {
    return owner[cell];
  }

  /** What the cell's slots are: eighths that are live and {@link #FULL} + 1 times what the rest is. */
  int look(int cell) {
    int at = cell * RESTS;
    int live = slots[at];
    int all = live;
    int most = Rest.NONE.ordinal();
    for (int rest = 1; rest < RESTS; rest++) {
      int its = slots[at + rest];
      if (its > 0) {
        all += its;
        most = most == 0 || its > slots[at + most] ? rest : most;
      }
    }
    int eighths = live == 0 ? 0 : FULL;
    if (live > 0 && live < all) {
      eighths = Math.max(1, Math.min(FULL - 1, Math.round((float) FULL * live / all)));
    }
    return most * (FULL + 1) + eighths;
  }
}
