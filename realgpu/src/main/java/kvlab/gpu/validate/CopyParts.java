package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.PinnedMemory;
import kvlab.gpu.device.VirtualMemory;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.Launches;
import kvlab.gpu.kernel.PageLaunches;
import kvlab.gpu.run.RandomFill;

/** K1: what memory and matrix units do at best. C1: what moving pages costs. */
final class CopyParts {
  private static final int VECTOR_BYTES = 16;
  private static final int[] BLOCKS_PER_PROCESSOR = {2, 4, 8, 16};
  private static final int READS = 16; // in an interval
  private static final double SETTLED = 0.96; // of the ceiling
  private static final int MOST_RUN = 16; // adjacent pages that one copy takes
  private static final int TILE_VECTORS = 2048; // of a block of bandwidth.cu at a time

  private CopyParts() {}

  private static double gigabytesPerSecond(double bytes, double micros) {
    return bytes / micros / 1e3;
  }

  /** GB/s of a kernel that only reads, on more than any cache holds: the best over grids. */
  static double readCeiling(Bench bench) {
    long bytes = bench.scale.copyBytes();
    int processors = bench.device.describe().processors();
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    double best = 0;
    try (DeviceMemory in = bench.device.allocate(bytes);
        DeviceMemory sums = bench.device.allocate(
            4L * processors * BLOCKS_PER_PROCESSOR[BLOCKS_PER_PROCESSOR.length - 1])) {
      RandomFill.fill(in, ElementType.BF16, 1, 1, bench.stream);
      for (int blocksEach : BLOCKS_PER_PROCESSOR) {
        int blocks = processors * blocksEach;
        int vectors = evenVectors(bytes, blocks);
        double micros = bench.micros(
            rep -> launches.readSum(bench.stream, sums.address(), in.address(), vectors, blocks));
        best = Math.max(best, gigabytesPerSecond((double) vectors * VECTOR_BYTES, micros));
      }
    }
    return best;
  }

  /**
   * What a kernel reads while the driver wipes memory that was freed, and for how long: other measurements
   * have to keep away from that.
   */
  private static List<Finding> afterFreeing(Bench bench, double ceiling) {
    long bytes = bench.scale.copyBytes() / 2;
    long freed = Math.min(bench.scale.mostKvBytes(), bench.device.freeBytes() / 2);
    int blocks = bench.device.describe().processors() * BLOCKS_PER_PROCESSOR[0];
    int vectors = evenVectors(bytes, blocks);
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    try (DeviceMemory in = bench.device.allocate(bytes);
        DeviceMemory sums = bench.device.allocate(4L * blocks)) {
      RandomFill.fill(in, ElementType.BF16, 1, 1, bench.stream);
      bench.device.allocate(freed).close();
      double[] micros = bench.series(
          READS,
          () -> launches.readSum(bench.stream, sums.address(), in.address(), vectors, blocks));
      double slowMicros = 0;
      int slow = 0;
      for (; slow < micros.length && isSlow(vectors, micros[slow], ceiling); slow++) {
        slowMicros += READS * micros[slow];
      }
      String what = String.format(Locale.ROOT, "after %.1f GB were freed: ", freed / 1e9);
      double rate = slow == 0
          ? ceiling
          : gigabytesPerSecond((double) slow * READS * vectors * VECTOR_BYTES, slowMicros);
      return List.of(
          Finding.reported("K1", what + "read by a kernel", "GB/s", rate),
          Finding.reported("K1", what + "until it is as before", "ms", slowMicros / 1e3));
    }
  }

  private static boolean isSlow(int vectors, double micros, double ceiling) {
    return gigabytesPerSecond((double) vectors * VECTOR_BYTES, micros) < SETTLED * ceiling;
  }

  /** As many tiles for each block as for the next. */
  private static int evenVectors(long bytes, int blocks) {
    long even = bytes / VECTOR_BYTES / blocks / TILE_VECTORS * blocks * TILE_VECTORS;
    return (int) (even > 0 ? even : bytes / VECTOR_BYTES);
  }

  /** K1: ceilings, which other parts are held against. */
  static List<Finding> ceilings(Bench bench, Path out) {
    List<Finding> findings = new ArrayList<>();
    double ceiling = readCeiling(bench);
    findings.add(Finding.reported("K1", "read by a kernel", "GB/s", ceiling));
    findings.addAll(afterFreeing(bench, ceiling));
    long bytes = bench.scale.copyBytes();
    try (DeviceMemory from = bench.device.allocate(bytes);
        DeviceMemory to = bench.device.allocate(bytes)) {
      RandomFill.fill(from, ElementType.BF16, 1, 2, bench.stream);
      double copied = bench.micros(rep -> to.copy(0, from, 0, bytes, bench.stream));
      findings.add(Finding.reported(
          "K1",
          "cuMemcpyDtoD (read and written)",
          "GB/s",
          gigabytesPerSecond(2.0 * bytes, copied)));
      int blocks = bench.device.describe().processors() * BLOCKS_PER_PROCESSOR[1];
      int vectors = evenVectors(bytes, blocks);
      Launches copies = new Launches(bench.kernels, ElementType.BF16);
      copied = bench.micros(
          rep -> copies.streamCopy(bench.stream, to.address(), from.address(), vectors, blocks));
      findings.add(Finding.reported(
          "K1",
          "copy by a kernel (read and written)",
          "GB/s",
          gigabytesPerSecond(2.0 * vectors * VECTOR_BYTES, copied)));
    }
    int n = bench.scale.twin() ? 128 : 8192;
    Launches launches = new Launches(bench.kernels, ElementType.BF16);
    try (DeviceMemory x = bench.device.allocate(2L * n * n);
        DeviceMemory w = bench.device.allocate(2L * n * n);
        DeviceMemory y = bench.device.allocate(2L * n * n)) {
      RandomFill.fill(x, ElementType.BF16, 1, 3, bench.stream);
      RandomFill.fill(w, ElementType.BF16, 1, 4, bench.stream);
      double micros = bench.micros(
          rep -> launches.gemm(bench.stream, y.address(), x.address(), w.address(), n, n, n));
      findings.add(
          Finding.reported("K1", "matrix product " + n, "TFLOP/s", 2.0 * n * n * n / micros / 1e6));
    }
    return findings;
  }

  /** C1: copies and swaps of pages by a model of latency and bandwidth; latencies of mapping. */
  static List<Finding> moves(Bench bench, Path out) throws IOException {
    List<Finding> findings = new ArrayList<>();
    int layers = bench.scale.twin() ? 2 : 32;
    int pages = bench.scale.twin() ? 16 : 1024;
    try (KvArena arena = new KvArena(bench.device, bench.scale.heads(4), layers, pages, 16)) {
      RandomFill.fill(arena.keys(), ElementType.BF16, 1, 5, bench.stream);
      RandomFill.fill(arena.values(), ElementType.BF16, 1, 6, bench.stream);
      findings.addAll(pageMoves(bench, arena, out));
    }
    findings.addAll(mappings(bench));
    return findings;
  }

  private static List<Finding> pageMoves(Bench bench, KvArena arena, Path out) throws IOException {
    PageLaunches launches = new PageLaunches(bench.kernels, arena);
    int most = arena.pages() / 2;
    long pageBytes = launches.stagedBytes(1);
    Points copies = new Points("what,pages");
    Points staged = new Points("what,pages");
    Points single = new Points("pages,pages_of_a_run"); // keys of a layer
    try (DeviceMemory buffer = bench.device.allocate(most * pageBytes);
        PinnedMemory host = bench.device.pin(most * pageBytes)) {
      for (int count = 1; count <= most; count *= 2) {
        int moved = count;
        int[] pairs = new int[2 * most];
        int[] ids = new int[count];
        for (int i = 0; i < most; i++) {
          pairs[2 * i] = 2 * i;
          pairs[2 * i + 1] = 2 * i + 1;
        }
        for (int i = 0; i < count; i++) {
          ids[i] = 2 * i;
        }
        int groups = most / count; // other pages each time, so that no cache has them
        try (DeviceMemory devicePairs = bench.upload(pairs);
            DeviceMemory deviceIds = bench.upload(ids)) {
          double micros = bench.micros(
              groups,
              rep -> launches.copy(
                  bench.stream, devicePairs.address() + 8L * moved * (rep % groups), moved));
          copies.add("copy," + count, micros, 1, (double) count * pageBytes);
          micros = bench.submittedMicros(() -> {
            launches.pack(bench.stream, buffer.address(), deviceIds.address(), moved);
            buffer.read(0, host, 0, moved * pageBytes, bench.stream);
          });
          staged.add("swap out staged," + count, micros, 1, (double) count * pageBytes);
          for (int run = 1; run <= Math.min(count, MOST_RUN); run *= 4) {
            long part = 2L * arena.pageElements() * run;
            int runs = count / run;
            int apart = run + 1; // so that runs do not touch
            micros = bench.submittedMicros(() -> {
              for (int i = 0; i < runs; i++) {
                long at = (long) i * apart * 2 * arena.pageElements();
                arena.keys().read(at, host, i * part, part, bench.stream);
              }
            });
            single.add(count + "," + run, micros, 1, runs, (double) runs * part);
          }
        }
      }
    }
    List<Finding> findings = new ArrayList<>();
    findings.addAll(judge("page copy", copies, 1, out.resolve("c1-copy.csv")));
    findings.addAll(judge("swap out staged", staged, 1, out.resolve("c1-staged.csv")));
    findings.addAll(judge("swap out run by run", single, 2, out.resolve("c1-runs.csv")));
    return findings;
  }

  /** {@code bytes}: which of the features they are. */
  private static List<Finding> judge(String what, Points points, int bytes, Path file)
      throws IOException {
    Fit fit = points.fit();
    points.write(file, fit);
    double[] errors = points.heldOutErrors(fit);
    double middle = errors[errors.length / 2];
    return List.of(
        new Finding("C1", what + ": median error", "%", 0, middle, middle, 10),
        Finding.reported("C1", what + ": rate", "GB/s", rate(fit.coefficient(bytes))));
  }

  /** GB/s from microseconds per byte; NaN where size made no difference. */
  private static double rate(double microsPerByte) {
    return microsPerByte > 0 ? 1e-3 / microsPerByte : Double.NaN;
  }

  private static List<Finding> mappings(Bench bench) {
    int count = bench.scale.twin() ? 8 : 512;
    try (VirtualMemory range = new VirtualMemory(0, count * (2L << 20))) {
      long start = System.nanoTime(); // the driver's own work on the host: no event sees it
      for (int i = 0; i < count; i++) {
        range.mapNext();
      }
      long mapped = System.nanoTime();
      for (int i = 0; i < count; i++) {
        range.unmapLast();
      }
      long unmapped = System.nanoTime();
      return List.of(
          Finding.reported(
              "C1", "create; map; set access; per page", "us", (mapped - start) / 1e3 / count),
          Finding.reported(
              "C1", "unmap; release; per page", "us", (unmapped - mapped) / 1e3 / count));
    }
  }
}
