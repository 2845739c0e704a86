package kvlab.workload.synth;

import java.util.SplittableRandom;

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
  public long[] nanos(int requests, SplittableRandom random) {
    long[] nanos = new long[requests];
    for (int i = 0; i < requests; i++) {
      nanos[i] = (long) Math.floor(i * SECOND_NANOS / rate);
    }
    return nanos;
  }
}
