package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import kvlab.gpu.TestDevice;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.run.Resources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernels of a step that know no cache, against float64. */
final class DenseTest {
  @BeforeEach
  void twin() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  /** A device, a stream and launches of one type. */
  private static final class Bench implements AutoCloseable {
    final Device device = TestDevice.open();
    final Resources resources = new Resources();
    final Stream stream;
    final Launches launches;
    final Numbers numbers;

    Bench(ElementType type) {
      resources.add(device);
      stream = resources.add(device.stream());
      launches = new Launches(resources.add(new KernelSet(device)), type);
      numbers = new Numbers(type, 5);
    }

    long upload(short[] bits) {
      return Numbers.upload(device, resources, bits).address();
    }

    DeviceMemory memory(short[] bits) {
      return Numbers.upload(device, resources, bits);
    }

    DeviceMemory blank(int elements) {
      return resources.add(device.allocate(2L * elements));
    }

    @Override
    public void close() {
      resources.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, 1, 32, 128",
    "BF16, 13, 48, 256",
    "FP16, 8, 16, 512",
    "FP16, 33, 32, 128",
    "BF16, 64, 16, 128",
    "BF16, 65, 136, 96",
    "FP16, 130, 72, 64",
    "FP16, 5, 24, 32"
  })
  void multiplies(ElementType type, int m, int n, int k) {
    try (Bench bench = new Bench(type)) {
      short[] x = bench.numbers.normal(m * k);
      short[] w = bench.numbers.normal(n * k);
      DeviceMemory y = bench.blank(m * n);
      bench.launches.gemm(bench.stream, y.address(), bench.upload(x), bench.upload(w), m, n, k);
      bench.stream.synchronize();
      double[] expected = new double[m * n];
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          for (int i = 0; i < k; i++) {
            expected[row * n + column] +=
                bench.numbers.value(x[row * k + i]) * bench.numbers.value(w[column * k + i]);
          }
        }
      }
      Numbers.assertClose(
          type + " " + m + "x" + n + "x" + k, expected, bench.numbers.values(Numbers.download(y)));
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void normalises(ElementType type) {
    int tokens = 3;
    int hidden = 264;
    try (Bench bench = new Bench(type)) {
      short[] before = bench.numbers.normal(tokens * hidden);
      short[] input = bench.numbers.normal(tokens * hidden);
      short[] weight = bench.numbers.normal(hidden);
      DeviceMemory residual = bench.memory(before);
      DeviceMemory out = bench.blank(tokens * hidden);
      bench.launches.rmsNorm(
          bench.stream,
          out.address(),
          residual.address(),
          bench.upload(input),
          bench.upload(weight),
          hidden,
          1e-5f,
          tokens);
      bench.stream.synchronize();
      double[] sums = new double[tokens * hidden];
      double[] expected = new double[tokens * hidden];
      for (int token = 0; token < tokens; token++) {
        double squares = 0;
        for (int i = 0; i < hidden; i++) {
          int at = token * hidden + i;
          sums[at] = bench.numbers.value(before[at]) + bench.numbers.value(input[at]);
          squares += sums[at] * sums[at];
        }
        for (int i = 0; i < hidden; i++) {
          int at = token * hidden + i;
          expected[at] =
              sums[at] / StrictMath.sqrt(squares / hidden + 1e-5) * bench.numbers.value(weight[i]);
        }
      }
      Numbers.assertClose("residual", sums, bench.numbers.values(Numbers.download(residual)));
      Numbers.assertClose("normalised", expected, bench.numbers.values(Numbers.download(out)));
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void gates(ElementType type) {
    int tokens = 2;
    int inner = 2056;
    try (Bench bench = new Bench(type)) {
      short[] gateUp = bench.numbers.normal(tokens * 2 * inner);
      DeviceMemory out = bench.blank(tokens * inner);
      bench.launches.siluMul(bench.stream, out.address(), bench.upload(gateUp), inner, tokens);
      bench.stream.synchronize();
      double[] expected = new double[tokens * inner];
      for (int token = 0; token < tokens; token++) {
        for (int i = 0; i < inner; i++) {
          double gate = bench.numbers.value(gateUp[token * 2 * inner + i]);
          double up = bench.numbers.value(gateUp[(token * 2 + 1) * inner + i]);
          expected[token * inner + i] = gate / (1 + StrictMath.exp(-gate)) * up;
        }
      }
      Numbers.assertClose("gated", expected, bench.numbers.values(Numbers.download(out)));
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void looksUpAndChooses(ElementType type) {
    int hidden = 72;
    int vocabulary = 515 / 8 * 8;
    try (Bench bench = new Bench(type)) {
      short[] table = bench.numbers.normal(vocabulary * hidden);
      int[] ids = {0, vocabulary - 1, 7};
      DeviceMemory out = bench.blank(ids.length * hidden);
      long idsAt = Numbers.upload(bench.device, bench.resources, ids).address();
      bench.launches.embed(bench.stream, out.address(), bench.upload(table), idsAt, hidden, 3);
      short[] logits = bench.numbers.normal(2 * vocabulary);
      logits[300] = type.bits(9);
      logits[301] = type.bits(9); // of equal ones the first
      logits[17] = ElementType.NAN;
      logits[2 * vocabulary - 1] = type.bits(9);
      DeviceMemory chosen = bench.blank(4);
      bench.launches.argmax(bench.stream, chosen.address(), bench.upload(logits), vocabulary, 2);
      bench.stream.synchronize();
      short[] rows = Numbers.download(out);
      for (int i = 0; i < ids.length; i++) {
        assertArrayEquals(
            java.util.Arrays.copyOfRange(table, ids[i] * hidden, (ids[i] + 1) * hidden),
            java.util.Arrays.copyOfRange(rows, i * hidden, (i + 1) * hidden));
      }
      int[] found = new int[2];
      chosen.read(found);
      assertArrayEquals(new int[] {300, vocabulary - 1}, found);
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void readsAndCopiesEveryWord(ElementType type) {
    int vectors = 1000;
    try (Bench bench = new Bench(type)) {
      short[] in = bench.numbers.normal(vectors * 8);
      DeviceMemory from = bench.memory(in);
      DeviceMemory to = bench.blank(vectors * 8);
      bench.launches.streamCopy(bench.stream, to.address(), from.address(), vectors, 3);
      DeviceMemory sums = bench.blank(2 * 3);
      bench.launches.readSum(bench.stream, sums.address(), from.address(), vectors, 3);
      bench.stream.synchronize();
      assertArrayEquals(in, Numbers.download(to));
      int[] words = new int[vectors * 4];
      from.read(words);
      int expected = 0;
      for (int word : words) {
        expected += word;
      }
      int[] found = new int[3];
      sums.read(found);
      assertEquals(expected, found[0] + found[1] + found[2]);
    }
  }
}
