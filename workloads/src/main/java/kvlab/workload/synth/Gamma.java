package kvlab.workload.synth;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import kvlab.workload.InputException;

/**
 * Bursty or smooth arrivals: gamma-distributed gaps of shape {@code 1 / cv^2}.
 *
 * @param rate requests per second
 * @param cv standard deviation of the gaps over their mean; 1 is a Poisson process
 */
public record Gamma(double rate, double cv) implements Arrivals {
  public Gamma {
    Gaps.checkRate(rate);
    if (!(cv > 0) || Double.isInfinite(cv)) {
      throw new InputException("the coefficient of variation must be positive: " + cv);
    }
  }

  @Override
  public LongSupplier nanos(SplittableRandom random) {
    Draws draws = new Draws(random);
    double shape = 1 / (cv * cv);
    double scaleSeconds = 1 / (shape * rate);
    return Gaps.nanos(() -> draws.gamma(shape) * scaleSeconds);
  }
}
