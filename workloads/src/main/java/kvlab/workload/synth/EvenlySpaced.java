package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Arrivals at equal intervals, the first at 0.
 *
 * @param rate requests per second
 */
public record EvenlySpaced(double rate) implements Arrivals {
  private static final double SECOND_NANOS = 1e9;

  public EvenlySpaced {
    Gaps.checkRate(rate);
  }

  @Override
  public LongSupplier nanos(SplittableRandom random) {
    return new LongSupplier() {
      private long arrivals;

      @Override
      public long getAsLong() {
        return (long) Math.floor(arrivals++ * SECOND_NANOS / rate);
      }
    };
  }
}
