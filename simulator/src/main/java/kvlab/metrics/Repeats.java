package kvlab.metrics;

import java.util.function.IntConsumer;

/**
 * Steps in a row that differ in nothing but their times, in the token that each of the same sequences writes
 * and samples in every one, and in the free pages that sequences take whose pages are full: nobody gives up
 * room, comes or leaves.
 *
 * <pre>
 *   step          0       1       2      ...   count - 1
 *   takes        t0      t1      t2                              nanos
 *   live          L     L+w    L+2w                              w slots written per step
 *   reserved      R     R-w    R-2w                              and more with each page taken
 * </pre>
 *
 * <p>{@link Growth} has what is taken; internal, cached and free slots follow from it, and every other part
 * stays. All that can be seen is as in the first step, but for the page table and the allocator, which are as
 * in the last.
 */
public final class Repeats {
  /** The most steps at once. */
  public static final int MOST = 4096;

  private static final Part[] PARTS = Part.values();
  private static final long MOST_MOMENT = 1L << 62;

  private final StepView view;
  private final IntConsumer moveTo;
  private final long[] nanos = new long[MOST];
  private final Growth growth = new Growth(MOST);
  private int from; // place of step 0
  private int count;
  private long startNanos;
  private long totalNanos;
  private long writtenSlots;
  private Part free = Part.IDLE; // what free pages are
  private long pageSlots;
  private long tokenSlots;
  private long indexMoment; // of a span of steps: the sum over them of time times index
  private long pagesMoment; // and times each of the sums of growth
  private long evictedMoment;
  private long unfitMoment;

  /**
   * Steps seen through a view, which stands at the first of them.
   *
   * @param moveTo moves the view to a step by its index
   */
  public Repeats(StepView view, IntConsumer moveTo) {
    this.view = view;
    this.moveTo = moveTo;
  }

  /** Where the time of each step goes before they are said to be. */
  public long[] times() {
    return nanos;
  }

  /** Where it goes what is taken in the steps, before they are said to be. */
  public Growth growth() {
    return growth;
  }

  /**
   * The steps from one place in the times on, of so many: as many as can be summed at once.
   *
   * @param partition as in the first of them
   * @param sequences that write a token each in every step
   * @return how many they are
   */
  public int begin(int place, int most, long atNanos, Partition partition, int sequences) {
    from = place;
    startNanos = atNanos;
    writtenSlots = partition.writtenSlots(sequences);
    if (!growth.isNone()) {
      free = partition.freePart();
      pageSlots = partition.pageSlots();
      tokenSlots = partition.writtenSlots(1);
    }
    long mostNanos = MOST_MOMENT / Math.max(MOST, growth.largest());
    totalNanos = nanos[place];
    count = 1;
    while (count < most && totalNanos < mostNanos) {
      long next = nanos[place + count];
      if (next >= mostNanos - totalNanos) {
        break;
      }
      totalNanos += next;
      count++;
    }
    return count;
  }

  /** How many steps. */
  public int count() {
    return count;
  }

  /** The step of that index, until the next call. */
  public StepView step(int index) {
    moveTo.accept(index);
    return view;
  }

  /** The first step: what is the same in all of them. */
  public StepView first() {
    return view;
  }

  /** Time that the step of that index takes. */
  public long nanos(int index) {
    return nanos[from + index];
  }

  public long startNanos() {
    return startNanos;
  }

  public long endNanos() {
    return startNanos + totalNanos;
  }

  /** Time of all of them. */
  public long totalNanos() {
    return totalNanos;
  }

  /** Whether anybody takes a page in any step. */
  public boolean grows() {
    return !growth.isNone();
  }

  /** Pages that are taken after the step: by so many the table of the step is smaller than the one seen. */
  public int pagesAfter(int index) {
    return growth.pages() - growth.pages(from + index);
  }

  /** By how many slots the part is larger in one step than in another; the step before the first is -1. */
  public long change(Part part, int fromIndex, int toIndex) {
    int before = from + fromIndex;
    int after = from + toIndex;
    return weigh(
        part,
        (long) after - before,
        (long) growth.pages(after) - growth.pages(before),
        (long) growth.evicted(after) - growth.evicted(before),
        (long) growth.unfit(after) - growth.unfit(before));
  }

  private long weigh(Part part, long steps, long pages, long evicted, long unfit) {
    return switch (part) {
      case LIVE -> steps * writtenSlots;
      case RESERVED -> pages * pageSlots - steps * writtenSlots - unfit * tokenSlots;
      case INTERNAL -> unfit * tokenSlots;
      case CACHED -> -evicted * pageSlots;
      default -> part == free ? (evicted - pages) * pageSlots : 0;
    };
  }

  /** Adds by how many slots each part is larger than in the first step, over all steps. */
  void addChanges(long[] byPart) {
    long steps = (long) count * (count - 1) / 2;
    long pages = 0;
    long evicted = 0;
    long unfit = 0;
    for (int i = 1; i < count && grows(); i++) {
      pages += growth.pages(from + i) - growth.pages(from);
      evicted += growth.evicted(from + i) - growth.evicted(from);
      unfit += growth.unfit(from + i) - growth.unfit(from);
    }
    for (Part part : PARTS) {
      byPart[part.ordinal()] += weigh(part, steps, pages, evicted, unfit);
    }
  }

  /** Sums up the steps from one index on to before another, for {@link #addSlotNanos}. */
  void sum(int fromIndex, int toIndex) {
    indexMoment = 0;
    pagesMoment = 0;
    evictedMoment = 0;
    unfitMoment = 0;
    for (int i = fromIndex; i < toIndex; i++) {
      indexMoment += i * nanos[from + i];
    }
    for (int i = fromIndex; i < toIndex && grows(); i++) {
      long time = nanos[from + i];
      pagesMoment += (growth.pages(from + i) - growth.pages(from)) * time;
      evictedMoment += (growth.evicted(from + i) - growth.evicted(from)) * time;
      unfitMoment += (growth.unfit(from + i) - growth.unfit(from)) * time;
    }
  }

  /** Adds by how many slots the part is larger than in the first step, times time, over the steps summed up. */
  void addSlotNanos(Part part, WideSum to) {
    switch (part) {
      case LIVE -> to.addProduct(writtenSlots, indexMoment);
      case RESERVED -> to.addProduct(-writtenSlots, indexMoment);
      default -> {}
    }
    if (grows()) {
      addTaken(part, to);
    }
  }

  private void addTaken(Part part, WideSum to) {
    switch (part) {
      case RESERVED -> {
        to.addProduct(pageSlots, pagesMoment);
        to.addProduct(-tokenSlots, unfitMoment);
      }
      case INTERNAL -> to.addProduct(tokenSlots, unfitMoment);
      case CACHED -> to.addProduct(-pageSlots, evictedMoment);
      default -> to.addProduct(part == free ? pageSlots : 0, evictedMoment - pagesMoment);
    }
  }
}
