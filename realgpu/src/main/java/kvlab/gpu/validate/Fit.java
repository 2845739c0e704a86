package kvlab.gpu.validate;

import java.util.Arrays;
import java.util.List;

/**
 * A sum of features with coefficients of at least 0 that comes closest to measurements, in the least
 * squares of the relative errors. A feature whose coefficient would be negative is left out.
 */
final class Fit implements Model {
  private final double[] coefficients;

  private Fit(double[] coefficients) {
    this.coefficients = coefficients;
  }

  /** Fits to rows of features and what was measured there, which is positive. */
  static Fit of(List<double[]> features, List<Double> measured) {
    int n = features.get(0).length;
    boolean[] used = new boolean[n];
    Arrays.fill(used, true);
    while (true) {
      double[] solved = solve(features, measured, used);
      int most = -1;
      for (int i = 0; i < n; i++) {
        if (used[i] && !(solved[i] >= 0) && (most < 0 || solved[i] < solved[most])) {
          most = i;
        }
      }
      if (most < 0) {
        return new Fit(solved);
      }
      used[most] = false;
    }
  }

  @Override
  public double predict(double... features) {
    double sum = 0;
    for (int i = 0; i < features.length; i++) {
      sum += coefficients[i] * features[i];
    }
    return sum;
  }

  double coefficient(int feature) {
    return coefficients[feature];
  }

  /** The normal equations over the features in use, by elimination with row exchange. */
  private static double[] solve(List<double[]> features, List<Double> measured, boolean[] used) {
    int n = used.length;
    double[][] a = new double[n][n + 1];
    double[] scale = new double[n]; // features differ by ten powers of ten
    for (double[] row : features) {
      for (int i = 0; i < n; i++) {
        scale[i] = Math.max(scale[i], Math.abs(row[i]));
      }
    }
    for (int r = 0; r < features.size(); r++) {
      double y = measured.get(r);
      for (int i = 0; i < n; i++) {
        double xi = used[i] && scale[i] > 0 ? features.get(r)[i] / scale[i] / y : 0;
        a[i][n] += xi;
        for (int j = 0; j < n; j++) {
          a[i][j] += used[j] && scale[j] > 0 ? xi * features.get(r)[j] / scale[j] / y : 0;
        }
      }
    }
    double[] solution = eliminate(a);
    for (int i = 0; i < n; i++) {
      solution[i] = scale[i] > 0 ? solution[i] / scale[i] : 0;
    }
    return solution;
  }

  private static double[] eliminate(double[][] a) {
    int n = a.length;
    boolean[] dead = new boolean[n];
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        pivot = Math.abs(a[row][column]) > Math.abs(a[pivot][column]) ? row : pivot;
      }
      double[] swap = a[column];
      a[column] = a[pivot];
      a[pivot] = swap;
      if (Math.abs(a[column][column]) < 1e-12) {
        dead[column] = true; // not used, or no different from those before it
        continue;
      }
      for (int row = 0; row < n; row++) {
        double factor = row == column ? 0 : a[row][column] / a[column][column];
        for (int k = column; k <= n; k++) {
          a[row][k] -= factor * a[column][k];
        }
      }
    }
    double[] solution = new double[n];
    for (int i = 0; i < n; i++) {
      solution[i] = dead[i] ? 0 : a[i][n] / a[i][i];
    }
    return solution;
  }
}
