package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

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
  public LongSupplier nanos(SplittableRandom random) {
    Draws draws = new Draws(random);
    return Gaps.nanos(() -> draws.exponential() / rate);
  }
}
