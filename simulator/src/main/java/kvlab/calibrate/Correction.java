package kvlab.calibrate;

import java.util.Arrays;

/**
 * What the roofline misses, learned from the points that it was calibrated on: the error of a new point
 * is taken to be that of the {@link #NEIGHBOURS} nearest calibration points, weighted by the inverse
 * square of their distance (Shepard, "A two-dimensional interpolation function for irregularly-spaced
 * data", 1968). Errors are logarithms of measured over predicted; distances are over the base-2
 * logarithms of the coordinates, of which 0 counts as a half.
 */
final class Correction {
  static final int NEIGHBOURS = 8;

  /** Keeps the weight of a point at hand finite; a fifth of a doubling counts as here. */
  private static final double NEAR = 0.05;

  private final double[][] where; // [point][coordinate]
  private final double[] missed; // [point]

  Correction(Points calibration, double[] predicted) {
    where = new double[calibration.size()][];
    missed = new double[calibration.size()];
    for (int i = 0; i < missed.length; i++) {
      where[i] = logs(calibration.x()[i]);
      missed[i] = StrictMath.log(calibration.nanos()[i] / predicted[i]);
    }
  }

  private static double[] logs(double[] x) {
    double[] logs = new double[x.length];
    for (int j = 0; j < x.length; j++) {
      logs[j] = StrictMath.log(Math.max(x[j], 0.5)) / StrictMath.log(2);
    }
    return logs;
  }

  /** The factor on the roofline's time of a point. */
  double factor(double[] x) {
    double[] here = logs(x);
    int most = Math.min(NEIGHBOURS, missed.length);
    double[] distances = new double[most]; // squared, ascending
    int[] nearest = new int[most];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    for (int i = 0; i < missed.length; i++) {
      double distance = distance(where[i], here, distances[most - 1]);
      if (distance < distances[most - 1]) {
        int at = most - 1;
        for (; at > 0 && distances[at - 1] > distance; at--) {
          distances[at] = distances[at - 1];
          nearest[at] = nearest[at - 1];
        }
        distances[at] = distance;
        nearest[at] = i;
      }
    }
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < most; i++) {
      double weight = 1 / (distances[i] + NEAR);
      weights += weight;
      sum += weight * missed[nearest[i]];
    }
    return StrictMath.exp(sum / weights);
  }

  /** The squared distance, or some number that is too large. */
  private static double distance(double[] a, double[] b, double tooLarge) {
    double sum = 0;
    for (int j = 0; j < a.length && sum < tooLarge; j++) {
      double d = a[j] - b[j];
      sum += d * d;
    }
    return sum;
  }
}
