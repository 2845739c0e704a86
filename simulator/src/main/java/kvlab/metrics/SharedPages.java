package kvlab.metrics;

import java.util.List;
import java.util.function.IntUnaryOperator;
import kvlab.kv.KvAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layers;
import kvlab.kv.PageTable;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;

/**
 * Takes back what a {@link Partition} has counted for more than one sequence: of full pages, that every layer
 * reads, as many as the tables have entries too many; of others page by page, since one can be something else
 * to each sequence that has it.
 */
final class SharedPages {
  private final KvAllocator allocator;
  private final Requests requests;
  private final Scheduler scheduler;
  private final IntUnaryOperator finalNeedTokens;
  private final int[] counted; // [page] the count in which it was last seen
  private final int[] countedLive; // [page] tokens of it that were live in a sliding layer then
  private int counting;

  SharedPages(
      List<LayerGroup> groups,
      KvAllocator allocator,
      Requests requests,
      Scheduler scheduler,
      IntUnaryOperator finalNeedTokens) {
    this.allocator = allocator;
    this.requests = requests;
    this.scheduler = scheduler;
    this.finalNeedTokens = finalNeedTokens;
    int pages = 0;
    for (LayerGroup group : groups) {
      pages = Math.max(pages, goesPageByPage(group) ? group.table().pool().pages() : 0);
    }
    this.counted = new int[pages];
    this.countedLive = new int[pages];
  }

  /** Takes the slots of a group's shared pages from their parts; how many of them a window has passed. */
  long takeBack(LayerGroup group, long[] slots) {
    PageTable table = group.table();
    long extraPages = table.tablePages() - (long) table.heldPages();
    if (extraPages > 0 && goesPageByPage(group)) {
      return takeBackPageByPage(group, slots);
    }
    long extraTokens = extraPages * table.pool().pageTokens();
    slots[Part.LIVE.ordinal()] -= extraTokens * group.layers().count();
    slots[Part.ROUNDING.ordinal()] -=
        extraTokens * (group.pageLayers() - group.layers().count());
    return 0;
  }

  /** Whether a page that several rows share can be something else to each of them. */
  private boolean goesPageByPage(LayerGroup group) {
    return allocator.sharesUnfilledPages() || group.layers().slide();
  }

  private long takeBackPageByPage(LayerGroup group, long[] slots) {
    counting++;
    long passedSlots = 0;
    PageTable table = group.table();
    int pageTokens = table.pool().pageTokens();
    IntList running = scheduler.running();
    for (int i = 0; i < running.size(); i++) {
      int request = running.get(i);
      int row = requests.row(request);
      int written = requests.computedTokens(request);
      int passed = group.layers().passedTokens(written);
      for (int p = table.firstPage(row); p < table.pages(row); p++) {
        int page = table.page(row, p);
        if (table.holders(page) == 1) {
          continue;
        }
        int writtenHere = within(written, p * pageTokens, pageTokens);
        int liveHere = writtenHere - within(Math.min(written, passed), p * pageTokens, pageTokens);
        if (counted[page] == counting) {
          int lesser = Math.min(liveHere, countedLive[page]);
          passedSlots += takeBack(group, request, writtenHere, lesser, slots);
          liveHere = Math.max(liveHere, countedLive[page]);
        }
        counted[page] = counting;
        countedLive[page] = liveHere;
      }
    }
    return passedSlots;
  }

  /** How many of a sequence's leading tokens are in the page that begins at that position. */
  private static int within(int tokens, int from, int pageTokens) {
    return Math.max(0, Math.min(pageTokens, tokens - from));
  }

  /**
   * A page with so many tokens of the request has been counted for another row already; it stays live
   * in a sliding layer as far as it is to either of them, so the lesser of the two goes.
   */
  private long takeBack(
      LayerGroup group, int request, int writtenHere, int liveInWindow, long[] slots) {
    Layers layers = group.layers();
    int pageTokens = group.table().pool().pageTokens();
    long passedHere = (long) layers.sliding() * (writtenHere - liveInWindow);
    slots[Part.LIVE.ordinal()] -= (long) layers.count() * writtenHere - passedHere;
    slots[Part.INTERNAL.ordinal()] -= passedHere;
    slots[Part.ROUNDING.ordinal()] -= (long) (group.pageLayers() - layers.count()) * pageTokens;
    if (writtenHere < pageTokens) { // its last page, so what it does not fill is all in there
      int written = requests.computedTokens(request);
      int asked = allocator.askedTokens(requests.row(request));
      int need = finalNeedTokens.applyAsInt(request);
      slots[Part.RESERVED.ordinal()] -= (long) layers.count() * (Math.min(asked, need) - written);
      slots[Part.INTERNAL.ordinal()] -= (long) layers.count() * Math.max(0, asked - need);
    }
    return passedHere;
  }
}
