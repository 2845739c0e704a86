package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.Launches;
import kvlab.gpu.run.RandomFill;

/** G1: matrix products of a step, from one token to a prompt's worth. */
final class GemmPart {
  private GemmPart() {}

  static List<Finding> products(Bench bench, Path out) throws IOException {
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    Points points = new Points("tokens,rows,inner");
    for (int[] shape : bench.scale.gemmShapes()) {
      int n = shape[0];
      int k = shape[1];
      int copies = bench.scale.twin()
          ? 1
          : (int) (1 + 2L * bench.device.describe().cacheBytes() / (2L * n * k));
      long matrixBytes = 2L * n * k;
      int most = bench.scale.gemmTokens()[bench.scale.gemmTokens().length - 1];
      try (DeviceMemory w = bench.device.allocate(copies * matrixBytes);
          DeviceMemory x = bench.device.allocate(2L * most * k);
          DeviceMemory y = bench.device.allocate(2L * most * n)) {
        RandomFill.fill(w, ElementType.BF16, 0.02, 1, bench.stream);
        RandomFill.fill(x, ElementType.BF16, 1, 2, bench.stream);
        for (int m : bench.scale.gemmTokens()) {
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
          boolean skinny = Launches.isSkinny(m, n, k);
          double work = (double) m * n * k;
          points.add(
              m + "," + n + "," + k,
              micros,
              skinny ? 1 : 0,
              skinny ? (double) matrixBytes : 0,
              skinny ? work : 0,
              skinny ? 0 : 1,
              skinny ? 0 : work);
        }
      }
    }
    Fit fit = points.fit();
    points.write(out.resolve("g1.csv"), fit);
    Scatter.draw(out.resolve("g1.csv"), "Matrix products, us", out.resolve("g1.svg"));
    return points.judge("G1", "matrix product latency", 5, 10, 15, fit);
  }
}
