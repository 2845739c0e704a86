package kvlab.workload.synth;

import java.util.function.DoubleSupplier;
import kvlab.workload.InputException;

/** Gaps between arrivals, added up. */
final class Gaps {
  private static final double SECOND_NANOS = 1e9;

  private Gaps() {}

  /** Times of so many arrivals from gaps in seconds, the first before the first arrival. */
  static long[] nanos(int requests, DoubleSupplier gapSeconds) {
    long[] nanos = new long[requests];
    double seconds = 0;
    for (int i = 0; i < requests; i++) {
      seconds += gapSeconds.getAsDouble();
      nanos[i] = (long) Math.floor(seconds * SECOND_NANOS);
    }
    return nanos;
  }

  static void checkRate(double rate) {
    if (!(rate > 0) || Double.isInfinite(rate)) {
      throw new InputException("the arrival rate must be positive: " + rate);
    }
  }
}
