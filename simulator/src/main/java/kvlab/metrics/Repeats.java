package kvlab.metrics;

import java.util.function.IntConsumer;

/**
 * Steps in a row that differ in nothing but their times and in the token that each of the same sequences
 * writes and samples in every one: nobody gets or gives up room, comes or leaves.
 *
 * <pre>
 *   step          0       1       2      ...   count - 1
 *   takes        t0      t1      t2                              nanos
 *   live          L     L+w    L+2w                              w slots written per step
 *   reserved      R     R-w    R-2w                              every other part stays
 * </pre>
 */
public final class Repeats {
  /** The most steps at once. */
  public static final int MOST = 1024;

  private static final long MOST_NANOS = 1L << 52; // times MOST they still fit a long

  private final StepView view;
  private final IntConsumer moveTo;
  private final long[] nanos = new long[MOST];
  private int from; // place of step 0
  private int count;
  private long startNanos;
  private long totalNanos;
  private long momentNanos;
  private long writtenSlots;

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

  /**
   * The steps from one place in the times on, of so many: as many as can be summed at once.
   *
   * @param slots that each step writes
   * @return how many they are
   */
  public int begin(int place, int most, long atNanos, long slots) {
    from = place;
    startNanos = atNanos;
    writtenSlots = slots;
    totalNanos = nanos[place];
    momentNanos = 0;
    count = 1;
    while (count < most && totalNanos < MOST_NANOS) {
      long next = nanos[place + count];
      if (next >= MOST_NANOS) {
        break;
      }
      totalNanos += next;
      momentNanos += count++ * next;
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

  /** Time of each, times its index, over all of them. */
  public long momentNanos() {
    return momentNanos;
  }

  /** Slots that turn from reserved to live from one step to the next. */
  public long writtenSlots() {
    return writtenSlots;
  }
}
