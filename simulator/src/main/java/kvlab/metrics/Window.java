package kvlab.metrics;

/**
 * The stretch of simulated time that time-weighted and per-step figures are taken over.
 *
 * @param fromNanos first instant
 * @param toNanos first instant after it
 */
public record Window(long fromNanos, long toNanos) {
  /** All of a run. */
  public static final Window ALL = new Window(0, Long.MAX_VALUE);

  /** Whether no part of a run is left out. */
  public boolean isAll() {
    return fromNanos == 0 && toNanos == Long.MAX_VALUE;
  }

  boolean contains(long nanos) {
    return nanos >= fromNanos && nanos < toNanos;
  }

  /** Nanoseconds of the interval that lie in the window. */
  long overlapNanos(long from, long to) {
    return Math.max(0, Math.min(to, toNanos) - Math.max(from, fromNanos));
  }
}
