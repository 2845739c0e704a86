package kvlab.calibrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Measured times of one operator. */
public final class Points {
  private final Operator operator;
  private final String label;
  private final double[][] x; // [point][coordinate]
  private final double[] nanos; // [point]

  /**
   * Points; the arrays are not copied.
   *
   * @param label kernel, KV type and whatever else a table tells its rows apart by
   * @param x coordinates, a row per point; see {@link Operator#coordinates}
   * @param nanos measured, per point
   */
  Points(Operator operator, String label, double[][] x, double[] nanos) {
    this.operator = operator;
    this.label = label;
    this.x = x;
    this.nanos = nanos;
  }

  public Operator operator() {
    return operator;
  }

  public String label() {
    return label;
  }

  double[][] x() {
    return x;
  }

  double[] nanos() {
    return nanos;
  }

  public int size() {
    return nanos.length;
  }

  /** Those of the points. */
  Points only(int[] indices) {
    double[][] someX = new double[indices.length][];
    double[] someNanos = new double[indices.length];
    for (int i = 0; i < indices.length; i++) {
      someX[i] = x[indices[i]];
      someNanos[i] = nanos[indices[i]];
    }
    return new Points(operator, label, someX, someNanos);
  }

  /** All points of several tables of one operator. */
  static Points joined(String label, List<Points> all) {
    List<double[]> x = new ArrayList<>();
    all.forEach(points -> x.addAll(Arrays.asList(points.x)));
    double[] nanos = all.stream().flatMapToDouble(p -> Arrays.stream(p.nanos)).toArray();
    return new Points(all.get(0).operator, label, x.toArray(double[][]::new), nanos);
  }

  /**
   * A random half to calibrate on and the other half to judge by. Points of equal coordinates, one
   * measurement repeated, fall on the same side.
   */
  Halves halves(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<List<Double>, Boolean> sides = new HashMap<>();
    int[] calibration = new int[size()];
    int[] judged = new int[size()];
    int calibrations = 0;
    int rest = 0;
    for (int i = 0; i < size(); i++) {
      List<Double> where = Arrays.stream(x[i]).boxed().toList();
      if (sides.computeIfAbsent(where, unseen -> random.nextBoolean())) {
        calibration[calibrations++] = i;
      } else {
        judged[rest++] = i;
      }
    }
    return new Halves(
        only(Arrays.copyOf(calibration, calibrations)), only(Arrays.copyOf(judged, rest)));
  }

  record Halves(Points calibration, Points judged) {}
}
