package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kvlab.gpu.TestDevice;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention kernels against float64, on ragged contexts: 0, 1, the edges of tiles, pages and parts. */
final class AttentionTest {
  private static final int PART_TOKENS = 256;
  private static final int RESIDENT_BLOCKS = 400; // room for 200 items of eight heads
  private static final int[] EDGES = {0, 1, 15, 16, 17, 31, 64, 65};

  @BeforeEach
  void twin() {
    TestDevice.require();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    TestDevice.assertNothingOpen();
  }

  static Stream<Arguments> shapes() {
    ElementType bf16 = ElementType.BF16;
    ElementType fp16 = ElementType.FP16;
    return Stream.of(
        Arguments.of(new HeadShape(2, 4, 128, bf16), Addressing.PAGED, 16),
        Arguments.of(new HeadShape(2, 8, 64, bf16), Addressing.PAGED, 48),
        Arguments.of(new HeadShape(1, 1, 128, fp16), Addressing.PAGED, 32),
        Arguments.of(new HeadShape(1, 3, 64, fp16), Addressing.PAGED, 256),
        Arguments.of(new HeadShape(2, 4, 128, bf16), Addressing.CONTIGUOUS, 16),
        Arguments.of(new HeadShape(1, 8, 64, bf16), Addressing.CONTIGUOUS, 64),
        Arguments.of(new HeadShape(2, 2, 128, fp16), Addressing.CONTIGUOUS, 16),
        Arguments.of(new HeadShape(1, 1, 64, fp16), Addressing.CONTIGUOUS, 32));
  }

  /** The kernels that the device can run. */
  private static List<DecodeKernel> kernels() {
    try (Device device = TestDevice.open();
        KernelSet kernels = new KernelSet(device)) {
      return Stream.of(DecodeKernel.MMA, DecodeKernel.BULK)
          .filter(kernels::runs)
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void decodes(HeadShape heads, Addressing addressing, int pageTokens) {
    decode(heads, addressing, pageTokens, EDGES, 1, kernels());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void decodesOnCudaCores(HeadShape heads, Addressing addressing, int pageTokens) {
    decode(heads, addressing, pageTokens, new int[] {0, 1, 17, 65}, 2, List.of(DecodeKernel.REF));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void decodesSkewedBatchesInParts(HeadShape heads, Addressing addressing, int pageTokens) {
    decode(heads, addressing, pageTokens, new int[] {3, 600, 0, 257}, 3, kernels());
  }

  /** More parts than a warp has lanes, which merges them; the longest row has 41 of a tile each. */
  @ParameterizedTest
  @MethodSource("shapes")
  void mergesManyParts(HeadShape heads, Addressing addressing, int pageTokens) {
    for (DecodeKernel kernel : kernels()) {
      decode(heads, addressing, pageTokens, new int[] {3, 650, 0, 17}, 6, kernel, 16);
    }
  }

  /** On a GPU so long that hundreds of blocks run; the CPU twin and racecheck would take minutes. */
  @ParameterizedTest
  @EnumSource(Addressing.class)
  void decodesLongContexts(Addressing addressing) {
    int[] contexts =
        TestDevice.isFast() ? new int[] {4000, 6001, 17, 900, 1, 2500} : new int[] {400, 501, 17};
    HeadShape heads = new HeadShape(TestDevice.isFast() ? 8 : 2, 4, 128, ElementType.BF16);
    decode(heads, addressing, 16, contexts, 5, kernels());
  }

  private static void decode(
      HeadShape heads,
      Addressing addressing,
      int pageTokens,
      int[] contexts,
      long seed,
      List<DecodeKernel> kernels) {
    for (DecodeKernel kernel : kernels) {
      decode(heads, addressing, pageTokens, contexts, seed, kernel, PART_TOKENS);
    }
  }

  private static void decode(
      HeadShape heads,
      Addressing addressing,
      int pageTokens,
      int[] contexts,
      long seed,
      DecodeKernel kernel,
      int partTokens) {
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, addressing, pageTokens, contexts, seed)) {
      int rows = contexts.length;
      short[] query = kv.numbers.normal(rows * heads.queryElements());
      DeviceMemory out = kv.blank(query.length);
      DecodePlan plan = new DecodePlan(rows, heads.kvHeads(), RESIDENT_BLOCKS);
      plan.fill(contexts, rows, partTokens);
      if (contexts[1] > partTokens) {
        assertTrue(plan.partials() >= 2, "a long row is cut");
      }
      int partials = plan.maxItems() * heads.queryHeads();
      int[] zeros = new int[rows * heads.queryHeads()];
      DeviceMemory done = kv.upload(zeros);
      KvLaunches.DecodeWork work = new KvLaunches.DecodeWork(
          kv.upload(plan.work()).address(),
          plan.maxItems(),
          kv.upload(plan.parts()).address(),
          kv.blank(2 * partials * heads.headSize()).address(),
          kv.blank(4 * partials).address(),
          done.address());
      long queries = kv.upload(query).address();
      kv.launches.decode(kv.stream, 0, kv.deviceTable, work, out.address(), queries, kernel);
      kv.stream.synchronize();
      int[] counted = new int[zeros.length];
      done.read(counted);
      assertArrayEquals(zeros, counted, "ready for the next launch");

      double[] found = kv.numbers.values(Numbers.download(out));
      for (int row = 0; row < rows; row++) {
        double[] expected = new double[heads.queryElements()];
        for (int head = 0; head < heads.queryHeads(); head++) {
          int at = row * heads.queryElements() + head * heads.headSize();
          double[] one = kv.attention(query, at, row, head, contexts[row]);
          System.arraycopy(one, 0, expected, head * heads.headSize(), one.length);
        }
        double[] its = java.util.Arrays.copyOfRange(
            found, row * heads.queryElements(), (row + 1) * heads.queryElements());
        Numbers.assertClose(kernel + ", row " + row + " of " + kv, expected, its);
      }
    }
  }

  /** New tokens of a row: so many, the last of its context. */
  private record Chunk(int row, int tokens) {}

  @ParameterizedTest
  @MethodSource("shapes")
  void prefillsChunksBehindTheirContext(HeadShape heads, Addressing addressing, int pageTokens) {
    int[] contexts = {65, 1, 40, 17};
    List<Chunk> chunks =
        List.of(new Chunk(0, 65), new Chunk(1, 1), new Chunk(2, 3), new Chunk(3, 17));
    try (Device device = TestDevice.open();
        KvCase kv = new KvCase(device, heads, addressing, pageTokens, contexts, 4)) {
      int tokens = chunks.stream().mapToInt(Chunk::tokens).sum();
      short[] query = kv.numbers.normal(tokens * heads.queryElements());
      DeviceMemory out = kv.blank(query.length);
      int[] work = items(chunks, contexts);
      kv.launches.prefill(
          kv.stream,
          0,
          kv.deviceTable,
          kv.upload(work).address(),
          work.length / 4,
          out.address(),
          kv.upload(query).address());
      kv.stream.synchronize();

      double[] found = kv.numbers.values(Numbers.download(out));
      int token = 0;
      for (Chunk chunk : chunks) {
        double[] expected = new double[chunk.tokens() * heads.queryElements()];
        for (int t = 0; t < chunk.tokens(); t++) {
          int visible = contexts[chunk.row()] - chunk.tokens() + t + 1;
          for (int head = 0; head < heads.queryHeads(); head++) {
            int at = head * heads.headSize();
            double[] one = kv.attention(
                query, (token + t) * heads.queryElements() + at, chunk.row(), head, visible);
            System.arraycopy(one, 0, expected, t * heads.queryElements() + at, one.length);
          }
        }
        double[] its = java.util.Arrays.copyOfRange(
            found, token * heads.queryElements(), (token + chunk.tokens()) * heads.queryElements());
        Numbers.assertClose(chunk + " of " + kv, expected, its);
        token += chunk.tokens();
      }
    }
  }

  private static int[] items(List<Chunk> chunks, int[] contexts) {
    List<Integer> work = new ArrayList<>();
    int token = 0;
    for (Chunk chunk : chunks) {
      for (int first = 0; first < chunk.tokens(); first += 64) {
        int count = Math.min(64, chunk.tokens() - first);
        int position = contexts[chunk.row()] - chunk.tokens() + first;
        work.addAll(List.of(chunk.row(), token + first, count, position));
      }
      token += chunk.tokens();
    }
    work.addAll(List.of(-1, 0, 0, 0)); // padding
    return work.stream().mapToInt(Integer::intValue).toArray();
  }
}
