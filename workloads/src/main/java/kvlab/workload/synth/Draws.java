package kvlab.workload.synth;

import java.util.SplittableRandom;

/**
 * Random numbers of the shapes that the laws need, from the 64-bit output of one generator, which is
 * specified; the shaped draws of the JDK may change with its version.
 */
final class Draws {
  private static final double TWO_TO_MINUS_53 = 0x1.0p-53;

  private final SplittableRandom random;

  Draws(SplittableRandom random) {
    this.random = random;
  }

  /** Uniform in the open interval from 0 to 1. */
  double uniform() {
    return ((random.nextLong() >>> 11) + 0.5) * TWO_TO_MINUS_53;
  }

  /** Exponential of mean 1, by inversion. */
  double exponential() {
    return -StrictMath.log(uniform());
  }

  /** Normal of mean 0 and deviation 1, by Marsaglia's polar method; the second of a pair is unused. */
  double normal() {
    while (true) {
      double x = 2 * uniform() - 1;
      double y = 2 * uniform() - 1;
      double square = x * x + y * y;
      if (square > 0 && square < 1) {
        return x * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
      }
    }
  }

  /**
   * Gamma of the given shape and scale 1.
   *
   * <p>G. Marsaglia and W. Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3),
   * 2000; a shape below 1 by their boost: a draw of shape + 1 times a uniform draw to the 1 / shape.
   */
  double gamma(double shape) {
    if (shape < 1) {
      return gamma(shape + 1) * StrictMath.pow(uniform(), 1 / shape);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = normal();
      double root = 1 + c * x;
      if (root > 0) {
        double v = root * root * root;
        if (StrictMath.log(uniform()) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
          return d * v;
        }
      }
    }
  }
}
