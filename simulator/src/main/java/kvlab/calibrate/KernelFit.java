package kvlab.calibrate;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.Device;
import kvlab.step.Kernels;

/**
 * Fits the constants of one operator to its measured times: least squares on the logarithms of time,
 * so that short and long kernels weigh alike, over the logarithms of the constants. From tables of more
 * than {@link #MOST_POINTS} points a random sample is taken.
 */
final class KernelFit {
  /** Points that a fit takes at most. */
  static final int MOST_POINTS = 4000;

  /** Relative error beyond which a point counts less. */
  static final double SCALE = 0.1;

  private static final double STEP = 1e-4;
  private static final double ENOUGH = 1e-7;
  private static final double UNMOVED = 1e-9;
  private static final double RAISE = 10;

  private KernelFit() {}

  /** Constants with those of the operator replaced by what fits best, and the sum that is left. */
  record Fitted(Constants constants, double cost) {}

  static Fitted fit(Points points, Device device, Constants start, int mostPoints) {
    Points sample = sample(points, mostPoints);
    Optional<Constant> either = points.operator().either();
    if (either.isEmpty()) {
      return fitHidden(sample, device, start);
    }
    // A property of the kernel, not a number: try both.
    Fitted one = fitHidden(sample, device, start.with(either.get(), 1));
    Fitted none = fitHidden(sample, device, start.with(either.get(), 0));
    return one.cost() <= none.cost() ? one : none;
  }

  /** A constant that stayed where it was hides behind a larger term: try it where it counts as well. */
  private static Fitted fitHidden(Points points, Device device, Constants start) {
    Fitted best = fitNumbers(points, device, start);
    for (Constant constant : points.operator().constants()) {
      double value = start.of(constant);
      if (Math.abs(best.constants().of(constant) / value - 1) < UNMOVED) {
        double raised = Math.min(constant.most(), value * RAISE);
        Fitted other = fitNumbers(points, device, best.constants().with(constant, raised));
        best = other.cost() < best.cost() ? other : best;
      }
    }
    return best;
  }

  private static Fitted fitNumbers(Points points, Device device, Constants start) {
    List<Constant> free = points.operator().constants();
    int n = free.size();
    double[] least = new double[n];
    double[] most = new double[n];
    double[] from = new double[n];
    for (int i = 0; i < n; i++) {
      least[i] = StrictMath.log(free.get(i).least());
      most[i] = StrictMath.log(free.get(i).most());
      from[i] = StrictMath.log(start.of(free.get(i)));
    }
    double[] logs = new double[points.size()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = StrictMath.log(points.nanos()[i]);
    }
    LeastSquares.Residuals residuals = (x, r) -> {
      Kernels kernels = new Kernels(device, with(start, free, x));
      for (int i = 0; i < r.length; i++) {
        r[i] = StrictMath.log(points.operator().nanos(kernels, points.x()[i])) - logs[i];
      }
    };
    LeastSquares.Minimum minimum =
        new LeastSquares(residuals, points.size(), least, most, SCALE, STEP, ENOUGH).from(from);
    return new Fitted(with(start, free, minimum.variables()), minimum.cost() / points.size());
  }

  private static Constants with(Constants start, List<Constant> free, double[] logs) {
    Constants constants = start;
    for (int i = 0; i < logs.length; i++) {
      Constant one = free.get(i);
      double value = StrictMath.exp(logs[i]);
      constants = constants.with(one, Math.min(one.most(), Math.max(one.least(), value)));
    }
    return constants;
  }

  private static Points sample(Points points, int most) {
    if (points.size() <= most) {
      return points;
    }
    int[] order = new int[points.size()];
    SplittableRandom random = new SplittableRandom(points.size());
    for (int i = 0; i < order.length; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return points.only(java.util.Arrays.copyOf(order, most));
  }

  /** What the roofline says the points take. */
  static double[] predict(Points points, Device device, Constants constants) {
    Kernels kernels = new Kernels(device, constants);
    double[] nanos = new double[points.size()];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = points.operator().nanos(kernels, points.x()[i]);
    }
    return nanos;
  }
}
