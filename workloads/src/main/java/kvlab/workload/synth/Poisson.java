package kvlab.workload.synth;

import java.util.SplittableRandom;

/**
 * Independent arrivals: exponential gaps.
 *
 * @param rate requests per second
 */
public record Poisson(double rate) implements Arrivals {
  public Poisson {
    Gaps.checkRate(rate);
  }

  @Override
  public long[] nanos(int requests, SplittableRandom random) {
    Draws draws = new Draws(random);
    return Gaps.nanos(requests, () -> draws.exponential() / rate);
  }
}
