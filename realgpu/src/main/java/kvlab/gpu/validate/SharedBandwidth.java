package kvlab.gpu.validate;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import kvlab.gpu.validate.Points.Point;

/**
 * How long a kernel takes whose blocks do little but read memory. As many blocks as fit run at once, the next
 * one starts where one has ended, and all that run share the bandwidth equally, but none goes faster than it
 * can by itself:
 *
 * <pre>
 *   t = launch + merge * M + round * N + sum over stretches between two ends: bytes of a block / rate(blocks that run)
 *
 *   rate(n) = (alone^-p + (total / n)^-p)^(-1/p)
 * </pre>
 *
 * A block's bytes are those that it reads, a constant that stands for starting it, and one for each of its R
 * results; M counts what is merged one after the other at the end, N the rounds in which that is done, each of
 * which waits for memory. Features: heads, blocks that fit, M, R, N, then bytes of every item in the order of the
 * launch; an item has a block per head.
 */
final class SharedBandwidth implements Model {
  private static final int LAUNCH = 0;
  private static final int OVERHEAD = 1;
  private static final int ALONE = 2;
  private static final int TOTAL = 3;
  private static final int POWER = 4;
  private static final int MERGE = 5;
  private static final int RESULT = 6;
  private static final int ROUND = 7;
  private static final int ITEMS = 5; // where they start among the features
  // us, bytes, bytes per us, bytes per us, none, us, bytes, us
  private static final double[] START = {3, 10_000, 25_000, 3_000_000, 3, 0.05, 2_000, 1};
  private static final double FIRST_FACTOR = 1.3;
  private static final double FURTHEST = 30; // below its start
  private static final double LAST_FACTOR = 1.004;

  private final double[] constants;

  private SharedBandwidth(double[] constants) {
    this.constants = constants;
  }

  /** Stretches of one launch, which depend on the overheads alone: bytes of each block, blocks that run. */
  private static double[] stretches(double[] features, double[] constants) {
    double overhead = constants[OVERHEAD] + constants[RESULT] * features[3];
    int heads = (int) features[0];
    int fit = (int) features[1];
    int blocks = (features.length - ITEMS) * heads;
    double[] stretches = new double[2 * Math.min(blocks, fit) + 2];
    PriorityQueue<Double> ends =
        new PriorityQueue<>(); // in bytes that every running block has read
    for (int block = 0; block < blocks; block++) {
      double start = ends.size() < fit ? 0 : ends.remove();
      ends.add(start + features[ITEMS + block / heads] + overhead);
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

  private static double micros(double[] features, double[] stretches, double[] constants) {
    double micros =
        constants[LAUNCH] + constants[MERGE] * features[2] + constants[ROUND] * features[4];
    double p = Math.max(1, constants[POWER]);
    for (int i = 0; i < stretches.length; i += 2) {
      double slowdown = stretches[i + 1] * constants[ALONE] / constants[TOTAL];
      micros += stretches[i] / constants[ALONE] * Math.pow(1 + Math.pow(slowdown, p), 1 / p);
    }
    return micros;
  }

  /** The model with these constants: us, bytes, bytes per us, bytes per us, none, us, bytes, us. */
  static SharedBandwidth of(double... constants) {
    return new SharedBandwidth(constants);
  }

  /** Least squares of the relative errors, one constant after the other until none of them moves. */
  static SharedBandwidth fit(List<Point> points) {
    double[] best = START.clone();
    double[][] stretches = all(points, best);
    double least = loss(points, stretches, best);
    for (double factor = FIRST_FACTOR; factor > LAST_FACTOR; ) {
      boolean moved = false;
      for (int i = 0; i < best.length; i++) {
        for (double by : new double[] {factor, 1 / factor}) {
          double[] tried = best.clone();
          tried[i] *= by;
          if (tried[i] < START[i] / FURTHEST) {
            continue; // a constant near nothing would never come back
          }
          double[][] its = i == OVERHEAD || i == RESULT ? all(points, tried) : stretches;
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

  private static double[][] all(List<Point> points, double[] constants) {
    IdentityHashMap<double[], double[]> known = new IdentityHashMap<>(); // points share features
    return points.stream()
        .map(point ->
            known.computeIfAbsent(point.features(), features -> stretches(features, constants)))
        .toArray(double[][]::new);
  }

  private static double loss(List<Point> points, double[][] stretches, double[] constants) {
    double loss = 0;
    for (int i = 0; i < stretches.length; i++) {
      Point point = points.get(i);
      double error = micros(point.features(), stretches[i], constants) / point.micros() - 1;
      loss += error * error;
    }
    return loss;
  }

  @Override
  public double predict(double... features) {
    return micros(features, stretches(features, constants), constants);
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

  @Override
  public String toString() {
    return Arrays.toString(constants);
  }
}
