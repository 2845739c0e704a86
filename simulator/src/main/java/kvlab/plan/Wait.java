package kvlab.plan;

import java.util.Arrays;

/** Why requests queued, over the time of a run: stretches of equal reason, to be looked up by time. */
final class Wait {
  /** What the head of a queue waits for. */
  enum Reason {
    MEMORY,
    SEQUENCES,
    STEP
  }

  private static final int REASONS = Reason.values().length;

  private long[] end = new long[64]; // [stretch] nanoseconds
  private long[][] upTo =
      new long[REASONS][64]; // [reason][stretch] nanoseconds of it until the end
  private int stretches;
  private Reason last = Reason.STEP;

  /** Somebody queued between the two times, which are not before those of the call before. */
  void add(Reason reason, long fromNanos, long toNanos) {
    boolean goesOn = stretches > 0 && reason == last && end[stretches - 1] == fromNanos;
    if (!goesOn) {
      if (stretches == end.length) {
        end = Arrays.copyOf(end, 2 * stretches);
        Arrays.setAll(upTo, r -> Arrays.copyOf(upTo[r], end.length));
      }
      for (long[] sum : upTo) {
        sum[stretches] = stretches == 0 ? 0 : sum[stretches - 1];
      }
      stretches++;
      last = reason;
    }
    end[stretches - 1] = toNanos;
    upTo[reason.ordinal()][stretches - 1] += toNanos - fromNanos;
  }

  /** Nanoseconds between the two times in which the reason was this one. */
  long nanos(Reason reason, long fromNanos, long toNanos) {
    return until(reason, toNanos) - until(reason, fromNanos);
  }

  private long until(Reason reason, long nanos) {
    int at = Arrays.binarySearch(end, 0, stretches, nanos);
    int stretch = at >= 0 ? at : -at - 1; // the first that ends at or after the time
    long[] sum = upTo[reason.ordinal()];
    long before = stretch == 0 ? 0 : sum[stretch - 1];
    if (stretch == stretches) {
      return before;
    }
    // Its own time lies at its end: a gap in which nobody queued may come before it.
    return Math.max(before, sum[stretch] - (end[stretch] - nanos));
  }
}
