package kvlab.gpu.validate;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import kvlab.gpu.validate.Points.Point;

/**
 * How long a kernel takes whose blocks do little but read memory. As many blocks as fit run at once, the next
 * one starts where one has ended, and all that run share the bandwidth equally, but none goes faster than it
 * can by itself:
 *
 * <pre>
 *   t = launch + sum over stretches between two ends: bytes of a block / min(alone, total / blocks that run)
 * </pre>
 *
 * A block's bytes are those that it reads and a constant that stands for starting and ending it. Features: heads,
 * blocks that fit, then bytes of every item in the order of the launch; an item has a block per head.
 */
final class SharedBandwidth implements Model {
  private static final int LAUNCH = 0;
  private static final int OVERHEAD = 1;
  private static final int ALONE = 2;
  private static final int TOTAL = 3;
  private static final double[] START = {3, 20_000, 25_000, 3_000_000}; // us, bytes, bytes per us
  private static final double FIRST_FACTOR = 1.6;
  private static final double LAST_FACTOR = 1.004;

  private final double[] constants;

  private SharedBandwidth(double[] constants) {
    this.constants = constants;
  }

  /** Stretches of one launch, which depend on the overhead alone: bytes of each block, blocks that run. */
  private static double[] stretches(double[] features, double overhead) {
    int heads = (int) features[0];
    int fit = (int) features[1];
    int blocks = (features.length - 2) * heads;
    double[] stretches = new double[2 * Math.min(blocks, fit) + 2];
    PriorityQueue<Double> ends =
        new PriorityQueue<>(); // in bytes that every running block has read
    for (int block = 0; block < blocks; block++) {
      double start = ends.size() < fit ? 0 : ends.remove();
      ends.add(start + features[2 + block / heads] + overhead);
    }
    int at = 0;
    double before = 0;
    while (!ends.isEmpty()) { // the first stretch is that of all blocks that have successors
      double end = ends.peek();
      if (end > before) {
        stretches[at++] = end - before;
        stretches[at++] = ends.size();
        before = end;
      }
      ends.remove();
    }
    return Arrays.copyOf(stretches, at);
  }

  private static double micros(double[] stretches, double[] constants) {
    double micros = constants[LAUNCH];
    for (int i = 0; i < stretches.length; i += 2) {
      micros += stretches[i] / Math.min(constants[ALONE], constants[TOTAL] / stretches[i + 1]);
    }
    return micros;
  }

  /** Least squares of the relative errors, one constant after the other until none of them moves. */
  static SharedBandwidth fit(List<Point> points) {
    double[] best = START.clone();
    double[][] stretches = all(points, best[OVERHEAD]);
    double least = loss(points, stretches, best);
    for (double factor = FIRST_FACTOR; factor > LAST_FACTOR; ) {
      boolean moved = false;
      for (int i = 0; i < best.length; i++) {
        for (double by : new double[] {factor, 1 / factor}) {
          double[] tried = best.clone();
          tried[i] *= by;
          double[][] its = i == OVERHEAD ? all(points, tried[i]) : stretches;
          double loss = loss(points, its, tried);
          if (loss < least) {
            least = loss;
            best = tried;
            stretches = its;
            moved = true;
          }
        }
      }
      if (!moved) {
        factor = Math.sqrt(factor);
      }
    }
    return new SharedBandwidth(best);
  }

  private static double[][] all(List<Point> points, double overhead) {
    Map<double[], double[]> known = new IdentityHashMap<>(); // points share features
    return points.stream()
        .map(point ->
            known.computeIfAbsent(point.features(), features -> stretches(features, overhead)))
        .toArray(double[][]::new);
  }

  private static double loss(List<Point> points, double[][] stretches, double[] constants) {
    double loss = 0;
    for (int i = 0; i < stretches.length; i++) {
      double error = micros(stretches[i], constants) / points.get(i).micros() - 1;
      loss += error * error;
    }
    return loss;
  }

  @Override
  public double predict(double... features) {
    return micros(stretches(features, constants[OVERHEAD]), constants);
  }

  /** GB/s of all blocks together. */
  double totalRate() {
    return constants[TOTAL] / 1e3;
  }

  /** GB/s of a block by itself. */
  double aloneRate() {
    return constants[ALONE] / 1e3;
  }

  double launchMicros() {
    return constants[LAUNCH];
  }
}
