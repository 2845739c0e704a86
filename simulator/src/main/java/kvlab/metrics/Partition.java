package kvlab.metrics;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import kvlab.kv.KvAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layers;
import kvlab.kv.Layout;
import kvlab.kv.PageTable;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The slots of the pool by {@link Part}, derived in every step from the page tables and the sequences'
 * contexts, and held against the allocator's own count of free pages. A breach stops the run.
 *
 * <p>Where layers slide over a window, a slot is that of one layer, see {@link Layout}, and a token that
 * the window has passed is not live: no layer of its page reads it again. If its page is still held,
 * because the page has other tokens or because the design does not know of windows, it counts as
 * internal, as what a finished request holds on to does.
 */
public final class Partition {
  private static final Part[] PARTS = Part.values();

  private final Layout layout;
  private final long layers; // of the model
  private final LayerGroup[] groups; // an array: a list would allocate an iterator per step
  private final KvAllocator allocator;
  private final Requests requests;
  private final Scheduler scheduler;
  private final IntUnaryOperator finalNeedTokens;
  private final long[] slots = new long[PARTS.length];
  private long live; // these five over all sequences, shared pages as often as they are held
  private long passed; // tokens in the pages held that a window has passed
  private long fit; // slots asked for that were, are or will be filled
  private long unused; // slots asked for that never will be
  private long rounding;
  private final SharedPages shared;
  private long passedSlots;
  private final @Nullable RowRoom rows; // what only changed rows are counted anew for

  /** A partition of one server's pool, whose pages have a slot for every layer. */
  public Partition(
      PageTable table,
      KvAllocator allocator,
      Requests requests,
      Scheduler scheduler,
      IntUnaryOperator finalNeedTokens) {
    this(Layout.together(table, Layers.ALIKE), allocator, requests, scheduler, finalNeedTokens);
  }

  /**
   * A partition of one server's pool.
   *
   * @param finalNeedTokens F of a request by its handle: prompt + output - 1
   */
  public Partition(
      Layout layout,
      KvAllocator allocator,
      Requests requests,
      Scheduler scheduler,
      IntUnaryOperator finalNeedTokens) {
    this.layout = layout;
    this.layers = layout.layers();
    this.groups = layout.groups().toArray(LayerGroup[]::new);
    this.allocator = allocator;
    this.requests = requests;
    this.scheduler = scheduler;
    this.finalNeedTokens = finalNeedTokens;
    boolean byChanges =
        groups.length == 1 && !groups[0].layers().slide() && allocator.asksByPages();
    this.rows = byChanges ? new RowRoom(groups[0], allocator, requests, finalNeedTokens) : null;
    this.shared = new SharedPages(layout.groups(), allocator, requests, scheduler, finalNeedTokens);
    countIdle();
  }

  /** Slots of the part. */
  public long slots(Part part) {
    return slots[part.ordinal()];
  }

  /** Slots of the pool: the sum over all parts. */
  public long capacitySlots() {
    return layout.capacitySlots();
  }

  /** Those of the internal slots whose tokens a sliding window has passed. */
  public long passedSlots() {
    return passedSlots;
  }

  /** How the layers lie in the pages. */
  Layout layout() {
    return layout;
  }

  /** Slots that the request will need in the end: F of the accounting. */
  int finalNeedTokens(int request) {
    return finalNeedTokens.applyAsInt(request);
  }

  /** Counts again, after a step's tokens were written and before anything is released. */
  public void count(long step) {
    count(step, 0);
  }

  /** The same, where {@link #check} is said to the first so many of those that run before their rows change. */
  public void count(long step, int first) {
    countSequences(step, first);
    divide(step);
  }

  /** Counts again from nothing; what {@link #count} says, which takes over what has not changed. */
  public void recount(long step) {
    countAll(step);
    divide(step);
  }

  /** Counts again what sequences hold, the first so many excepted as in {@link #count(long, int)}. */
  public void countSequences(long step, int first) {
    if (rows == null || scheduler.lingeringRows().size() > 0) {
      countAll(step);
      return;
    }
    IntList running = scheduler.running();
    rows.count(running, step);
    rows.checkCounted(running, first, step);
    live = rows.writtenSlots();
    passed = 0;
    takeRoom(rows);
  }

  private void takeRoom(RowRoom room) {
    fit = room.fit();
    unused = room.unused();
    rounding = room.rounding();
  }

  private void countAll(long step) {
    if (rows != null) {
      rows.lose();
    }
    live = 0;
    passed = 0;
    fit = 0;
    unused = 0;
    rounding = 0;
    for (LayerGroup group : groups) {
      IntList running = scheduler.running();
      for (int i = 0; i < running.size(); i++) {
        countWritten(group, running.get(i), step);
      }
      IntList lingering = scheduler.lingeringRows();
      for (int i = 0; i < lingering.size(); i++) {
        countLingering(group, lingering.get(i));
      }
    }
  }

  /** Counts on, after a step in which so many sequences wrote a token each and no layer slides. */
  public void countRepeated(int sequences, long step) {
    if (rows != null && rows.isKnown()) {
      rows.countChanged(step);
      takeRoom(rows);
    }
    live += writtenSlots(sequences);
    divide(step);
  }

  /** From one step to another among steps that repeat one another. */
  public void move(Repeats repeats, int fromStep, int toStep) {
    live += repeats.change(Part.LIVE, fromStep, toStep);
    for (Part part : PARTS) {
      slots[part.ordinal()] += repeats.change(part, fromStep, toStep);
    }
  }

  /** Whether a page is asked for whole, and all of it is for those tokens, until what is running changes. */
  public boolean countsByPages() {
    return rows != null && rows.isKnown() && layers == groups[0].pageLayers();
  }

  /** What the free pages are. */
  Part freePart() {
    return Part.ofFree(allocator, scheduler.decisions());
  }

  /** Slots of a page. */
  long pageSlots() {
    return groups[0].layerSlots(1);
  }

  /** Slots that so many sequences write in a step, one token each. */
  public long writtenSlots(int sequences) {
    return sequences * layers;
  }

  /** Stops the run where a request has written more than there is room for. */
  public void check(int request, long step) {
    if (rows != null) {
      rows.check(request, step);
    }
  }

  /** Leaves out what the row of a request has room for, before that changes. */
  public void takeOut(int request) {
    for (int i = 0; i < groups.length && (rows == null || !rows.isKnown()); i++) {
      countRoom(groups[i], request, -1);
    }
  }

  /** Counts what the row of a request has room for. */
  public void putBack(int request) {
    for (int i = 0; i < groups.length && (rows == null || !rows.isKnown()); i++) {
      countRoom(groups[i], request, 1);
    }
  }

  private void divide(long step) {
    Arrays.fill(slots, 0);
    slots[Part.LIVE.ordinal()] = live;
    slots[Part.RESERVED.ordinal()] = fit - live - passed;
    slots[Part.INTERNAL.ordinal()] = unused + passed;
    slots[Part.ROUNDING.ordinal()] = rounding;
    passedSlots = passed;
    for (LayerGroup group : groups) {
      passedSlots -= shared.takeBack(group, slots);
    }
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
    passedSlots = 0;
    countFree(Part.IDLE, 0);
  }

  private void countWritten(LayerGroup group, int request, long step) {
    PageTable table = group.table();
    Layers layers = group.layers();
    int row = requests.row(request);
    int written = requests.computedTokens(request);
    int need = finalNeedTokens.applyAsInt(request);
    int asked = allocator.askedTokens(row);
    int padding = allocator.paddingTokens(row);
    int usable = asked - padding;
    int given = table.capacityTokens(row);
    int from = table.firstPage(row) * table.pool().pageTokens();
    int passedTokens = layers.passedTokens(written);
    if (written > usable || asked > given || written > need) {
      throw broken(step, RowRoom.breach(requests, request, asked, given, need));
    }
    if (from > (layers.full() > 0 ? 0 : passedTokens)) {
      throw broken(
          step,
          "row " + row + " of request " + requests.id(request) + " begins at token " + from
              + " although " + passedTokens + " are passed");
    }
    long passedHere = (long) layers.sliding() * Math.max(0, passedTokens - from);
    passed += passedHere;
    live += (long) layers.count() * (written - from) - passedHere;
    countRoom(group, need, asked, padding, given, from, 1);
  }

  private void countRoom(LayerGroup group, int request, int sign) {
    PageTable table = group.table();
    int row = requests.row(request);
    int need = finalNeedTokens.applyAsInt(request);
    countRoom(
        group,
        need,
        allocator.askedTokens(row),
        allocator.paddingTokens(row),
        table.capacityTokens(row),
        table.firstPage(row) * table.pool().pageTokens(),
        sign);
  }

  private void countRoom(
      LayerGroup group, int need, int asked, int padding, int given, int from, int sign) {
    int usable = asked - padding;
    long count = (long) sign * group.layers().count();
    long empty = (long) sign * (group.pageLayers() - group.layers().count());
    fit += count * (Math.min(usable, need) - from);
    unused += count * (Math.max(0, usable - need) + padding);
    rounding += count * (given - asked) + empty * (given - from);
  }

  /** Nobody will read or write what a finished request still holds. */
  private void countLingering(LayerGroup group, int row) {
    long asked = allocator.askedTokens(row);
    unused += group.pageLayers() * asked;
    rounding += group.pageLayers() * (group.table().capacityTokens(row) - asked);
  }

  private void countFree(Part part, long step) {
    long held = 0;
    long withheld = 0;
    for (LayerGroup group : groups) {
      held += group.layerSlots(group.table().heldPages());
      withheld += group.layerSlots(group.table().withheldPages());
    }
    long free = layout.layerSlots(allocator.freePages());
    long stranded = allocator.strandedSlots();
    if (held + withheld + free + stranded != capacitySlots()) {
      throw broken(
          step,
          held + " held + " + withheld + " withheld + " + free + " free + " + stranded
              + " stranded slots are not " + capacitySlots());
    }
    long emptyPages = allocator.freePages() - (long) allocator.cachedPages();
    long margin = Math.min(emptyPages, allocator.marginPages());
    slots[Part.ROUNDING.ordinal()] += stranded;
    slots[Part.CACHED.ordinal()] = layout.layerSlots(allocator.cachedPages());
    slots[Part.WITHHELD.ordinal()] = withheld + layout.layerSlots(margin);
    slots[part.ordinal()] = layout.layerSlots(emptyPages - margin);
  }

  static IllegalStateException broken(long step, String what) {
    return new IllegalStateException("step " + step + ": slots are not conserved: " + what);
  }
}
