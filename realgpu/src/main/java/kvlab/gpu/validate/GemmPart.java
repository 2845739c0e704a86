package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.Launches;
import kvlab.gpu.run.RandomFill;
import kvlab.gpu.validate.Points.Point;

/**
 * G1: matrix products of a step, from one token to a prompt's worth; every other count of tokens is held out. For
 * few tokens a kernel's time at a shape is a line through the counts that calibrate. For many all shapes have one
 * model, the waves of blocks that go over k in tiles:
 *
 * <pre>
 *   t = launch + tiles of k * (shared * whole waves + last wave: alone if each block has a processor, else shared)
 * </pre>
 */
final class GemmPart {
  private static final int TILE = 128; // tokens and rows of a block of gemm.cu
  private static final int TILE_K = 32;
  private static final int MANY_TOKENS = 0; // names the model for more than skinny_gemm.cu takes

  private GemmPart() {}

  static List<Finding> products(Bench bench, Path out) throws IOException {
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    Points points = new Points("tokens,rows,inner");
    int[] tokens = bench.scale.gemmTokens();
    int[][] shapes = bench.scale.gemmShapes();
    for (int shape = 0; shape < shapes.length; shape++) {
      int shapeIndex = shape;
      int n = shapes[shape][0];
      int k = shapes[shape][1];
      long matrixBytes = 2L * n * k;
      int copies = Pools.layers(bench, matrixBytes);
      int most = Arrays.stream(tokens).max().orElse(1);
      try (DeviceMemory w = bench.device.allocate(copies * matrixBytes);
          DeviceMemory x = bench.device.allocate(2L * most * k);
          DeviceMemory y = bench.device.allocate(2L * most * n)) {
        RandomFill.fill(w, ElementType.BF16, 0.02, 1, bench.stream);
        RandomFill.fill(x, ElementType.BF16, 1, 2, bench.stream);
        for (int m : tokens) {
          double micros = bench.micros(
              copies,
              rep -> launches.gemm(
                  bench.stream,
                  y.address(),
                  x.address(),
                  w.address() + rep % copies * matrixBytes,
                  m,
                  n,
                  k));
          double[] features = Launches.isSkinny(m, n, k)
              ? new double[] {name(shapeIndex, Launches.skinnyTokens(m)), 1, m}
              : waves(bench, launches, m, n, k);
          points.add(m + "," + n + "," + k, micros, features);
        }
      }
    }
    Model model = fit(points);
    points.write(out.resolve("g1.csv"), model);
    return points.judge("G1", "matrix product latency", 0, model);
  }

  /** A number for the model of a kernel at a shape; never {@link #MANY_TOKENS}. */
  private static double name(int shapeIndex, int kernelTokens) {
    return 1 + shapeIndex * 1000.0 + kernelTokens;
  }

  private static double[] waves(Bench bench, Launches launches, int m, int n, int k) {
    int processors = bench.device.describe().processors();
    int fit = processors * launches.gemmBlocksPerProcessor(m, n, k);
    long blocks = (long) ((m + TILE - 1) / TILE) * ((n + TILE - 1) / TILE);
    long whole = blocks / fit;
    long rest = blocks % fit;
    boolean alone = rest <= processors;
    double tiles = (double) k / TILE_K;
    return new double[] {
      MANY_TOKENS, 1, rest > 0 && alone ? tiles : 0, tiles * (whole + (rest > 0 && !alone ? 1 : 0))
    };
  }

  private static Model fit(Points points) {
    Map<Integer, Model> models = new TreeMap<>();
    for (Point point : points.calibration()) {
      int name = (int) point.features()[0];
      if (!models.containsKey(name)) {
        List<Point> its = points.calibration().stream()
            .filter(each -> (int) each.features()[0] == name)
            .map(each -> new Point(each.label(), rest(each.features()), each.micros()))
            .toList();
        models.put(name, Points.linear(its));
      }
    }
    return features -> {
      Model model = models.get((int) features[0]);
      return model == null ? Double.NaN : model.predict(rest(features));
    };
  }

  private static double[] rest(double[] features) {
    return Arrays.copyOfRange(features, 1, features.length);
  }
}
