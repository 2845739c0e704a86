package kvlab.calibrate;

import java.util.Arrays;
import java.util.Locale;

/**
 * How far predictions are from measurements, in percent of the measurement.
 *
 * @param mape mean of the absolute error
 * @param p95 the error that 95% of the points stay within
 */
public record Errors(int points, double mape, double p95, double max) {
  /** The errors of predicted over measured, per point. */
  static Errors of(double[] predicted, double[] measured) {
    double[] off = new double[measured.length];
    for (int i = 0; i < off.length; i++) {
      off[i] = 100 * Math.abs(predicted[i] / measured[i] - 1);
    }
    Arrays.sort(off);
    int n = off.length;
    if (n == 0) {
      return new Errors(0, Double.NaN, Double.NaN, Double.NaN);
    }
    int rank = (int) Math.ceil(0.95 * n) - 1;
    return new Errors(n, Arrays.stream(off).sum() / n, off[rank], off[n - 1]);
  }

  /** In words: {@code MAPE 7.4%, p95 20.1%, max 86.5% on 123 points}. */
  public String text() {
    return String.format(
        Locale.ROOT, "MAPE %.1f%%, p95 %.1f%%, max %.1f%% on %,d points", mape, p95, max, points);
  }
}
