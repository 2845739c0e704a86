package kvlab.workload.synth;

import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import kvlab.workload.InputException;

/** Gaps between arrivals, added up. */
final class Gaps {
  private static final double SECOND_NANOS = 1e9;

  private Gaps() {}

  /** Times of arrivals from gaps in seconds, the first before the first arrival. */
  static LongSupplier nanos(DoubleSupplier gapSeconds) {
    return new LongSupplier() {
      private double seconds;

      @Override
      public long getAsLong() {
        seconds += gapSeconds.getAsDouble();
        return (long) Math.floor(seconds * SECOND_NANOS);
      }
    };
  }

  static void checkRate(double rate) {
    if (!(rate > 0) || Double.isInfinite(rate)) {
      throw new InputException("the arrival rate must be positive: " + rate);
    }
  }
}
