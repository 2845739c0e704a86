package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import org.junit.jupiter.api.Test;

/**
 * Kernel times worked by hand on a device of 1000 B/ns, 1,024,000 flop/ns and 10 multiprocessors with a
 * cache of 1,000,000 bytes: 102,400 flop/ns each.
 */
final class KernelsTest {
  private static final Device DEVICE = new Device(1000, 1_024_000, 1_000_000, 10);
  private static final Constants CONSTANTS = Constants.least()
      .with(Constant.GEMM_LAUNCH_NS, 2000)
      .with(Constant.GEMM_BANDWIDTH, 0.5)
      .with(Constant.GEMM_COMPUTE, 1)
      .with(Constant.GEMM_LOOP_NS, 1)
      .with(Constant.GEMM_SPLIT_NS, 100_000)
      .with(Constant.ELEMENT_LAUNCH_NS, 1000)
      .with(Constant.DECODE_LAUNCH_NS, 5000)
      .with(Constant.DECODE_BANDWIDTH, 0.8)
      .with(Constant.DECODE_KEY_NS, 10)
      .with(Constant.DECODE_BLOCK_NS, 500)
      .with(Constant.DECODE_COMBINE_NS, 100_000)
      .with(Constant.DECODE_GROUP, 0.1)
      .with(Constant.PREFILL_LAUNCH_NS, 4000)
      .with(Constant.PREFILL_BANDWIDTH, 1)
      .with(Constant.PREFILL_COMPUTE, 0.64)
      .with(Constant.PREFILL_BLOCK_NS, 300)
      .with(Constant.STEP_NS, 7000)
      .with(Constant.SEQUENCE_NS, 11);
  private static final Heads HEADS = new Heads(8, 2, 128, 2 * 2 * 128 * 2);
  private static final Kernels KERNELS = new Kernels(DEVICE, CONSTANTS);

  private static double together(double memory, double work) {
    return Math.cbrt(memory * memory * memory + work * work * work);
  }

  @Test
  void aProductCountsWholeWavesOfWholeTiles() {
    // 1500 x 128: with 128 x 128 tiles 12 of them, two waves of 10; a tile takes 4 turns of 64 over
    // k = 256, each 2 * 128 * 128 * 64 / 102400 = 20.48 ns. With 64 x 64 tiles 48, five waves of 4
    // turns of
    // 5.12 ns; with 64 x 128 or 128 x 64 24, three waves of 10.24; with 256 x 128 six, one wave of
    // 40.96.
    double work =
        Math.min(2 * 4 * 20.48, Math.min(5 * 4 * 5.12, Math.min(3 * 4 * 10.24, 4 * 40.96)));
    double memory = 2.0 * (1500 * 256 + 256 * 128 + 1500 * 128) / 500;
    assertEquals(2000 + together(memory, work), KERNELS.gemm(1500, 128, 256, 2), 1e-6);
    double fp8 = (2.0 * (1500 * 256 + 1500 * 128) + 256 * 128) / 500;
    assertEquals(2000 + together(fp8, work), KERNELS.gemm(1500, 128, 256, 1), 1e-6);
  }

  @Test
  void aLongInnerDimensionIsSplit() {
    Kernels cheap = new Kernels(DEVICE, CONSTANTS.with(Constant.GEMM_SPLIT_NS, 10));
    // One tile of 64 x 64, k = 64 * 1600: 8 parts of 200 turns of 5.12 ns; 16 parts are two waves
    // of 100.
    double whole = 1600 * 5.12;
    double split = 200 * 5.12 + 10 + 8.0 * 8 * 64 * 64 / 1000;
    double memory = 2.0 * (64 * 102_400 * 2 + 64 * 64) / 500;
    assertEquals(2000 + together(memory, whole), KERNELS.gemm(64, 64, 102_400, 2), 1e-6);
    assertEquals(2000 + together(memory, split), cheap.gemm(64, 64, 102_400, 2), 1e-6);
  }

  @Test
  void decodingReadsEveryKeyOnce() {
    // 20 blocks, two waves, each 500 + 640 keys of 10 ns; 10 * 640 tokens of 1024 B, queries and
    // outputs. Stacking the heads takes 1.
    double memory = (6400 * 1024 + 4.0 * 10 * 8 * 128) / 800;
    assertEquals(
        5001 + together(memory, 2 * (500 + 640 * 10)), KERNELS.decode(10, 6400, HEADS), 1e-6);
    Kernels copying = new Kernels(DEVICE, CONSTANTS.with(Constant.DECODE_STACK_NS, 77));
    assertEquals(KERNELS.decode(10, 6400, HEADS) + 76, copying.decode(10, 6400, HEADS), 1e-6);
    assertEquals(KERNELS.decode(1, 640, HEADS), copying.decode(1, 640, HEADS), 1e-6);
    Heads ungrouped = new Heads(2, 2, 128, 1024);
    assertEquals(KERNELS.decode(10, 6400, ungrouped), copying.decode(10, 6400, ungrouped), 1e-6);
    Heads wide = new Heads(32, 1, 128, 512); // a group of 32 takes 3.2 times as long a turn
    assertEquals(
        5000 + together((640 * 512 + 4.0 * 32 * 128) / 800, 500 + 640 * 32),
        KERNELS.decode(1, 640, wide),
        1e-6);
  }

  @Test
  void prefillTakesAsLongAsItsLastTileAtLeast() {
    // 256 tokens, groups of 4: 16 stacked tiles of 64 or 8 of 128. A key of 64 rows: 4*128*64/65536
    // = 0.5 ns.
    double last = 256 * 0.5 + 300;
    double pairs = 256 * 257 / 2.0;
    double even64 = 1.6 * 2 * ((pairs / 256 + 64 + 8) * 0.5 + 300);
    double even128 = 0.8 * 2 * ((pairs / 256 + 64 + 16) * 1.0 + 300);
    double work = Math.min(Math.max(even64, last), Math.max(even128, 256 * 1.0 + 300));
    double memory = (256 * 1024 + 4.0 * 256 * 8 * 128) / 1000;
    assertEquals(4000 + together(memory, work), KERNELS.prefill(1, 256, 256, pairs, HEADS), 1e-6);
  }

  /** The prompt is that of {@link #prefillTakesAsLongAsItsLastTileAtLeast}. */
  @Test
  void besideAPromptEveryQueryHeadReadsForItself() {
    double pairs = 256 * 257 / 2.0;
    // 5 sequences of 1000 tokens: 40 blocks of 300 + 1000 * 0.5, four for each multiprocessor,
    // beside the
    // tiles, of which 16 are short; each sequence has 4 tiles of queries as the prompt has, 3 of
    // them
    // idle. The 20 blocks of a group run in two waves, and the 2.56 MB of one head outgrow the
    // cache.
    double even64 = 1.6 * 2 * ((pairs / 256 + 64 + 8) * 0.5 + 300);
    double even128 = 0.8 * 2 * ((pairs / 256 + 64 + 16) * 1.0 + 300);
    double work = 4 * 800 + Math.min(even64, even128) + 800 / 3.0;
    double memory = (256 * 1024 + 4.0 * 256 * 8 * 128) / 1000 + 2 * 5000 * 1024 / 800.0;
    Kernels idle = new Kernels(DEVICE, CONSTANTS.with(Constant.MIXED_IDLE_NS, 50));
    assertEquals(
        4000 + together(memory, work) + 4 * 3 * 50,
        idle.mixed(1, 256, 256, pairs, 5, 5000, HEADS),
        1e-6);
    // 1.05 of the cache: half of what the second wave reads again is still there
    double half = (256 * 1024 + 4.0 * 256 * 8 * 128) / 1000 + 1.5 * (1.05e6 / 512) * 1024 / 800.0;
    double block = 300 + 1.05e6 / 512 / 5 * 0.5;
    double less =
        4 * block + even128 + (256 * 1.0 + 300) / 3; // the tile of 128 is the longest block
    assertEquals(
        4000 + together(half, less) + 4 * 3 * 50,
        idle.mixed(1, 256, 256, pairs, 5, 1.05e6 / 512, HEADS),
        1e-6);
  }

  /** One decode of 10,000 tokens, two blocks on ten multiprocessors, outlasts the tiles beside it. */
  @Test
  void aPromptIsComputedWhileALongContextIsRead() {
    Heads ungrouped = new Heads(2, 2, 128, 1024);
    double memory = (32 * 1024 + 4.0 * 32 * 2 * 128) / 1000 + 10_000 * 1024 / 800.0;
    double work = 300 + 10_000 * 0.5;
    assertEquals(
        4000 + together(memory, work),
        KERNELS.mixed(1, 32, 32, 32 * 33 / 2.0, 1, 10_000, ungrouped),
        1e-6);
  }

  @Test
  void whereQueryHeadsAreStackedDecodesGoAsAlone() {
    Kernels stacked = new Kernels(DEVICE, CONSTANTS.with(Constant.MIXED_STACKED, 1));
    double pairs = 256 * 257 / 2.0;
    assertEquals(
        KERNELS.prefill(1, 256, 256, pairs, HEADS) + KERNELS.decode(5, 5000, HEADS) - 5000,
        stacked.mixed(1, 256, 256, pairs, 5, 5000, HEADS),
        1e-6);
  }

  @Test
  void aStepIsTheSumOfItsKernels() {
    Transformer model = new Transformer(3, 3, 512, 1536, 1024, 1024, 2, 1, 1, 4096, 2, HEADS);
    AllReduce sums = AllReduce.of(2, 3, 512, 1e9, 10); // 7 of 2 tokens of 1 KiB, by half and half
    RooflineStepTime clock = new RooflineStepTime(DEVICE, CONSTANTS, model, sums, 10);
    Batch batch = new Batch(4);
    batch.add(0, 0, 1, 99, true);
    batch.add(1, 1, 1, 299, true);
    double layer = KERNELS.gemm(2, 1536, 512, 2)
        + KERNELS.gemm(2, 512, 1024, 2)
        + KERNELS.gemm(2, 2048, 512, 2)
        + KERNELS.gemm(2, 512, 1024, 2)
        + 2 * KERNELS.elementwise(2 * 2 * 2 * 512)
        + KERNELS.elementwise(2 * 2 * 2 * 10 * 128)
        + KERNELS.elementwise(2 * 2 * (2048 + 1024));
    double once = 7000 + 2 * 11 + KERNELS.gemm(2, 4096, 512, 2) + 7 * (2 * 10 + 2 * 1024);
    double decode = KERNELS.decode(2, 400, HEADS);
    PageTable table = new PageTable(new Pool(1, 16), 1);
    assertEquals(Math.round(once + 3 * (layer + decode)), clock.nanos(batch, table));
    batch.copy(10);
    batch.transfer(5);
    batch.pause(3);
    double moved = 10 * 2 * 3072 / 800.0 + 5 * 3072 / 10.0 + 3;
    assertEquals(Math.round(once + 3 * (layer + decode) + moved), clock.nanos(batch, table));
    batch.clear();
    assertEquals(7000, clock.nanos(batch, table));
  }

  @Test
  void aTokenUsesItsExpertsAndManyTokensUseAll() {
    Transformer model = new Transformer(1, 1, 512, 0, 0, 256, 2, 128, 8, 4096, 2, HEADS);
    assertEquals(8, model.usedExperts(1), 1e-9);
    assertEquals(128 * (1 - Math.pow(15.0 / 16, 10)), model.usedExperts(10), 1e-9);
    assertEquals(128, model.usedExperts(10_000), 1e-9);
  }
}
