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
 * G1: matrix products of a step, from one token to a prompt's worth. Each kernel has a model of its own: for
 * few tokens that of blocks that read weights; for many the waves of blocks that go over k in tiles:
 *
 * <pre>
 *   t = launch + tiles of k * (shared * whole waves + last wave: alone if each block has a processor, else shared)
 * </pre>
 */
final class GemmPart {
  private static final int SKINNY_ROWS = 16; // of the weights, of a block of skinny_gemm.cu
  private static final int TILE = 128; // tokens and rows of a block of gemm.cu
  private static final int TILE_K = 32;
  private static final int MANY_TOKENS = 0; // names the kernel for more than skinny_gemm.cu takes

  private GemmPart() {}

  static List<Finding> products(Bench bench, Path out) throws IOException {
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    Points points = new Points("tokens,rows,inner");
    int[] tokens = bench.scale.gemmTokens();
    for (int[] shape : bench.scale.gemmShapes()) {
      int n = shape[0];
      int k = shape[1];
      long matrixBytes = 2L * n * k;
      int copies = AttentionParts.layers(bench, matrixBytes);
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
          int fit = bench.device.describe().processors() * launches.gemmBlocksPerProcessor(m, n, k);
          points.add(m + "," + n + "," + k, micros, features(bench, m, n, k, fit));
        }
      }
    }
    Points shuffled = points.shuffled();
    Model model = fit(shuffled);
    shuffled.write(out.resolve("g1.csv"), model);
    Scatter.draw(out.resolve("g1.csv"), "Matrix products, us", out.resolve("g1.svg"));
    return shuffled.judge("G1", "matrix product latency", 5, 10, 15, model);
  }

  /** The kernel, then what its model sees. */
  private static double[] features(Bench bench, int m, int n, int k, int fit) {
    if (Launches.isSkinny(m, n, k)) {
      double[] features = new double[3 + n / SKINNY_ROWS];
      Arrays.fill(features, 2.0 * SKINNY_ROWS * k); // bytes of every block
      features[0] = Launches.skinnyTokens(m);
      features[1] = 1;
      features[2] = fit;
      return features;
    }
    long blocks = (long) ((m + TILE - 1) / TILE) * ((n + TILE - 1) / TILE);
    long waves = blocks / fit;
    long rest = blocks % fit;
    boolean alone = rest <= bench.device.describe().processors();
    double tiles = (double) k / TILE_K;
    return new double[] {
      MANY_TOKENS, 1, rest > 0 && alone ? tiles : 0, tiles * (waves + (rest > 0 && !alone ? 1 : 0))
    };
  }

  private static Model fit(Points points) {
    Map<Integer, Model> models = new TreeMap<>();
    for (Point point : points.calibration()) {
      int kernel = (int) point.features()[0];
      if (!models.containsKey(kernel)) {
        List<Point> its = points.calibration().stream()
            .filter(each -> (int) each.features()[0] == kernel)
            .map(each -> new Point(each.label(), rest(each.features()), each.micros()))
            .toList();
        models.put(kernel, kernel == MANY_TOKENS ? Points.linear(its) : SharedBandwidth.fit(its));
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
