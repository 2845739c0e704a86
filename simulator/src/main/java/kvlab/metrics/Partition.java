package kvlab.metrics;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.sched.Decisions;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;

/**
 * The slots of the pool by {@link Part}, derived in every step from the page table and the sequences'
 * contexts, and held against the allocator's own count of free pages. A breach stops the run.
 */
public final class Partition {
  private static final Part[] PARTS = Part.values();

  private final PageTable table;
  private final KvAllocator allocator;
  private final Requests requests;
  private final Scheduler scheduler;
  private final IntUnaryOperator finalNeedTokens;
  private final long[] slots = new long[PARTS.length];
  private long live; // these four over all sequences, shared pages as often as they are held
  private long fit; // slots asked for that are or will be filled
  private long unused; // slots asked for that never will be
  private long rounding;
  private final int[] counted; // [page] the count in which it was last seen
  private int counting;

  /**
   * A partition of one server's pool.
   *
   * @param finalNeedTokens F of a request by its handle: prompt + output - 1
   */
  public Partition(
      PageTable table,
      KvAllocator allocator,
      Requests requests,
      Scheduler scheduler,
      IntUnaryOperator finalNeedTokens) {
    this.table = table;
    this.allocator = allocator;
    this.requests = requests;
    this.scheduler = scheduler;
    this.finalNeedTokens = finalNeedTokens;
    this.counted = new int[allocator.sharesUnfilledPages() ? table.pool().pages() : 0];
    countIdle();
  }

  /** Slots of the part. */
  public long slots(Part part) {
    return slots[part.ordinal()];
  }

  /** Slots of the pool: the sum over all parts. */
  public int capacitySlots() {
    return table.pool().slots();
  }

  /** Counts again, after a step's tokens were written and before anything is released. */
  public void count(long step) {
    countSequences(step);
    divide(step);
  }

  /** Counts again what sequences hold, after some of them have left. */
  public void countSequences(long step) {
    live = 0;
    fit = 0;
    unused = 0;
    rounding = 0;
    IntList running = scheduler.running();
    for (int i = 0; i < running.size(); i++) {
      requireRoom(running.get(i), step);
      live += requests.computedTokens(running.get(i));
      putBack(running.get(i));
    }
    IntList lingering = scheduler.lingeringRows();
    for (int i = 0; i < lingering.size(); i++) {
      countLingering(lingering.get(i));
    }
  }

  /** Counts on, after a step in which so many sequences wrote a token each. */
  public void countRepeated(int sequences, long step) {
    live += sequences;
    divide(step);
  }

  /** Leaves out what the row of a request has room for, before that changes. */
  public void takeOut(int request) {
    room(request, -1);
  }

  /** Counts what the row of a request has room for. */
  public void putBack(int request) {
    room(request, 1);
  }

  private void room(int request, int sign) {
    int row = requests.row(request);
    int need = finalNeedTokens.applyAsInt(request);
    int asked = allocator.askedTokens(row);
    int padding = allocator.paddingTokens(row);
    int usable = asked - padding;
    fit += sign * Math.min(usable, need);
    unused += sign * (Math.max(0, usable - need) + padding);
    rounding += sign * (table.capacityTokens(row) - asked);
  }

  private void divide(long step) {
    Arrays.fill(slots, 0);
    slots[Part.LIVE.ordinal()] = live;
    slots[Part.RESERVED.ordinal()] = fit - live;
    slots[Part.INTERNAL.ordinal()] = unused;
    slots[Part.ROUNDING.ordinal()] = rounding;
    countSharedOnce();
    countFree(freePart(), step);
    long sum = 0;
    for (long part : slots) {
      sum += part;
    }
    if (sum != capacitySlots()) {
      throw broken(step, "the parts sum to " + sum + " of " + capacitySlots() + " slots");
    }
  }

  /** Counts a server with nothing in flight: nobody waits, whatever the last step decided. */
  public void countIdle() {
    Arrays.fill(slots, 0);
    countFree(Part.IDLE, 0);
  }

  private void requireRoom(int request, long step) {
    int row = requests.row(request);
    int written = requests.computedTokens(request);
    int need = finalNeedTokens.applyAsInt(request);
    int asked = allocator.askedTokens(row);
    int usable = asked - allocator.paddingTokens(row);
    int given = table.capacityTokens(row);
    if (written > usable || asked > given || written > need) {
      throw broken(
          step,
          "row " + row + " of request " + requests.id(request) + " has " + written + " live, "
              + asked + " asked, " + given + " given, " + need + " needed slots");
    }
  }

  /** Nobody will read or write what a finished request still holds. */
  private void countLingering(int row) {
    int asked = allocator.askedTokens(row);
    unused += asked;
    rounding += table.capacityTokens(row) - asked;
  }

  /** Takes back what was counted for more than one sequence. */
  private void countSharedOnce() {
    long extraPages = table.tablePages() - (long) table.heldPages();
    if (extraPages > 0 && allocator.sharesUnfilledPages()) {
      countPageByPage();
    } else {
      slots[Part.LIVE.ordinal()] -= extraPages * table.pool().pageTokens();
    }
  }

  private void countPageByPage() {
    counting++;
    IntList running = scheduler.running();
    for (int i = 0; i < running.size(); i++) {
      int request = running.get(i);
      int row = requests.row(request);
      for (int p = 0; p < table.pages(row); p++) {
        int page = table.page(row, p);
        if (counted[page] == counting) {
          takeBack(request, p);
        }
        counted[page] = counting;
      }
    }
  }

  /** The page at the index of the request's row has been counted for another row already. */
  private void takeBack(int request, int index) {
    int pageTokens = table.pool().pageTokens();
    int written = requests.computedTokens(request);
    int liveHere = Math.max(0, Math.min(pageTokens, written - index * pageTokens));
    slots[Part.LIVE.ordinal()] -= liveHere;
    if (liveHere < pageTokens) { // its last page, so what it does not fill is all in there
      int asked = allocator.askedTokens(requests.row(request));
      int need = finalNeedTokens.applyAsInt(request);
      slots[Part.RESERVED.ordinal()] -= Math.min(asked, need) - written;
      slots[Part.INTERNAL.ordinal()] -= Math.max(0, asked - need);
    }
  }

  private void countFree(Part part, long step) {
    int pageTokens = table.pool().pageTokens();
    int freePages = allocator.freePages();
    int pages = table.heldPages() + table.withheldPages() + freePages;
    if (pages != table.pool().pages()) {
      throw broken(
          step,
          table.heldPages() + " held + " + table.withheldPages() + " withheld + " + freePages
              + " free pages are not " + table.pool().pages());
    }
    long cachedPages = allocator.cachedPages();
    long emptyPages = freePages - cachedPages;
    long margin = Math.min(emptyPages, allocator.marginPages());
    slots[Part.CACHED.ordinal()] = cachedPages * pageTokens;
    slots[Part.WITHHELD.ordinal()] = (table.withheldPages() + margin) * pageTokens;
    slots[part.ordinal()] = (emptyPages - margin) * pageTokens;
  }

  /** What the free pages are that an admission could have taken. */
  private Part freePart() {
    Decisions decisions = scheduler.decisions();
    if (decisions.refusedPages() > 0) {
      int availablePages = allocator.freePages() - allocator.marginPages();
      return decisions.refusedPages() <= availablePages ? Part.EXTERNAL : Part.SHORT;
    }
    return decisions.memoryRanOut() ? Part.SHORT : Part.IDLE;
  }

  private static IllegalStateException broken(long step, String what) {
    return new IllegalStateException("step " + step + ": slots are not conserved: " + what);
  }
}
