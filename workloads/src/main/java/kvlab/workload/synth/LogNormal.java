package kvlab.workload.synth;

import java.util.SplittableRandom;
import kvlab.workload.InputException;

/**
 * Lengths whose logarithm is normal, rounded to whole tokens and moved into bounds.
 *
 * @param median half of the lengths are shorter
 * @param sigma standard deviation of the natural logarithm
 * @param min shortest length, tokens
 * @param max longest length, tokens
 */
public record LogNormal(double median, double sigma, int min, int max) implements Lengths {
  /** Beyond the context of the models that this is for. */
  public static final int DEFAULT_MAX_TOKENS = 1_000_000;

  public LogNormal {
    if (!(median > 0) || Double.isInfinite(median) || !(sigma >= 0) || Double.isInfinite(sigma)) {
      throw new InputException(
          "lognormal needs a positive median and a sigma from 0: " + median + ", " + sigma);
    }
    if (min < 1 || max < min) {
      throw new InputException("lognormal bounds are out of order: " + min + ", " + max);
    }
  }

  @Override
  public int tokens(SplittableRandom random) {
    double length = median * StrictMath.exp(sigma * new Draws(random).normal());
    return (int) Math.max(min, Math.min(max, Math.floor(length + 0.5)));
  }
}
