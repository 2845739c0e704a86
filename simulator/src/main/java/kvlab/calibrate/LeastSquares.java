package kvlab.calibrate;

import java.util.Arrays;

/**
 * Minimises a sum of squared residuals over bounded variables by Levenberg and Marquardt's method
 * (Marquardt, SIAM J. Appl. Math. 11(2), 1963) with a numeric Jacobian. Residuals beyond {@code scale}
 * count less than squarely (soft L1), so that points which no constants explain do not bend the rest.
 */
final class LeastSquares {
  private static final int MOST_ITERATIONS = 60;
  private static final double MOST_DAMPING = 1e10;

  /** Fills in a residual per point. */
  @FunctionalInterface
  interface Residuals {
    void at(double[] variables, double[] residuals);
  }

  /** Where the sum is least, and that sum. */
  static final class Minimum {
    private final double[] variables;
    private final double cost;

    private Minimum(double[] variables, double cost) {
      this.variables = variables;
      this.cost = cost;
    }

    double[] variables() {
      return variables;
    }

    double cost() {
      return cost;
    }
  }

  private final Residuals residuals;
  private final double[] least;
  private final double[] most;
  private final double scale;
  private final double step;
  private final double enough;
  private final int points;

  /**
   * A problem.
   *
   * @param scale residual beyond which a point counts less
   * @param step by which variables are shifted to see what they do
   * @param enough relative gain below which it stops
   */
  LeastSquares(
      Residuals residuals,
      int points,
      double[] least,
      double[] most,
      double scale,
      double step,
      double enough) {
    this.residuals = residuals;
    this.points = points;
    this.least = least;
    this.most = most;
    this.scale = scale;
    this.step = step;
    this.enough = enough;
  }

  /** The minimum downhill from there. */
  Minimum from(double[] start) {
    int n = start.length;
    double[] x = clamped(start);
    double[] r = new double[points];
    residuals.at(x, r);
    double cost = cost(r);
    double damping = 1e-3;
    double[][] jacobian = new double[n][points];
    for (int iteration = 0; iteration < MOST_ITERATIONS && n > 0; iteration++) {
      differentiate(x, r, jacobian);
      double[][] normal = new double[n][n];
      double[] gradient = new double[n];
      accumulate(r, jacobian, normal, gradient);
      double before = cost;
      while (damping < MOST_DAMPING) {
        double[] tried = clamped(next(x, normal, gradient, damping));
        double[] itsResiduals = new double[points];
        residuals.at(tried, itsResiduals);
        double itsCost = cost(itsResiduals);
        if (itsCost < cost) {
          x = tried;
          r = itsResiduals;
          cost = itsCost;
          damping = Math.max(1e-9, damping / 10);
          break;
        }
        damping *= 10;
      }
      if (before - cost <= enough * before) {
        break;
      }
    }
    return new Minimum(x, cost);
  }

  private double cost(double[] r) {
    double sum = 0;
    for (double one : r) {
      double z = one / scale;
      sum += 2 * scale * scale * (Math.sqrt(1 + z * z) - 1);
    }
    return sum;
  }

  private void differentiate(double[] x, double[] r, double[][] jacobian) {
    double[] shifted = x.clone();
    for (int j = 0; j < x.length; j++) {
      double h = x[j] + step <= most[j] ? step : -step;
      shifted[j] = x[j] + h;
      residuals.at(shifted, jacobian[j]);
      for (int i = 0; i < points; i++) {
        jacobian[j][i] = (jacobian[j][i] - r[i]) / h;
      }
      shifted[j] = x[j];
    }
  }

  private void accumulate(double[] r, double[][] jacobian, double[][] normal, double[] gradient) {
    for (int i = 0; i < points; i++) {
      double z = r[i] / scale;
      double weight = 1 / Math.sqrt(1 + z * z);
      for (int a = 0; a < gradient.length; a++) {
        double weighted = weight * jacobian[a][i];
        gradient[a] += weighted * r[i];
        for (int b = 0; b <= a; b++) {
          normal[a][b] += weighted * jacobian[b][i];
        }
      }
    }
    for (int a = 0; a < gradient.length; a++) {
      for (int b = 0; b < a; b++) {
        normal[b][a] = normal[a][b];
      }
    }
  }

  private static double[] next(double[] x, double[][] normal, double[] gradient, double damping) {
    int n = x.length;
    double[][] matrix = new double[n][];
    double[] right = new double[n];
    for (int a = 0; a < n; a++) {
      matrix[a] = normal[a].clone();
      matrix[a][a] += damping * Math.max(normal[a][a], 1e-9);
      right[a] = -gradient[a];
    }
    double[] delta = solve(matrix, right);
    double[] moved = x.clone();
    for (int a = 0; a < n; a++) {
      moved[a] += delta[a];
    }
    return moved;
  }

  /** Solves a symmetric positive definite system by Gaussian elimination; overwrites its arguments. */
  static double[] solve(double[][] matrix, double[] right) {
    int n = right.length;
    for (int a = 0; a < n; a++) {
      for (int row = a + 1; row < n; row++) {
        double factor = matrix[row][a] / matrix[a][a];
        for (int column = a; column < n; column++) {
          matrix[row][column] -= factor * matrix[a][column];
        }
        right[row] -= factor * right[a];
      }
    }
    for (int a = n - 1; a >= 0; a--) {
      for (int column = a + 1; column < n; column++) {
        right[a] -= matrix[a][column] * right[column];
      }
      right[a] /= matrix[a][a];
    }
    return right;
  }

  private double[] clamped(double[] x) {
    double[] inside = Arrays.copyOf(x, x.length);
    for (int j = 0; j < x.length; j++) {
      inside[j] = Math.min(most[j], Math.max(least[j], x[j]));
    }
    return inside;
  }
}
