package kvlab.gpu.run;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.kernel.KvLaunches.DecodeWork;
import kvlab.gpu.kernel.KvLaunches.Table;
import kvlab.gpu.kernel.KvLaunches.Tokens;

/**
 * What a step runs beside attention, to be timed by itself: with the model's own kernels and weights, on
 * the tokens of one long sequence.
 */
public final class StepPieces implements AutoCloseable {
  private static final int PAGE_TOKENS = 16;
  private static final long SEED = 1;

  private final Resources resources = new Resources();
  private final LlamaPass pass;
  private final Table table;
  private final DeviceMemory ids;
  private final DeviceMemory rows;
  private final DeviceMemory positions;
  private final DeviceMemory sampled;

  /**
   * Sets a model up.
   *
   * @param shape its layers; 0 leaves embedding, last norm and head
   * @param mostTokens of a pass
   * @param mostRows that sample
   */
  public StepPieces(
      Device device,
      Stream stream,
      KernelSet kernels,
      LlamaShape shape,
      int mostTokens,
      int mostRows) {
    try {
      int pages = (mostTokens + PAGE_TOKENS - 1) / PAGE_TOKENS;
      KvArena arena = resources.add(
          new KvArena(device, shape.heads(), Math.max(1, shape.layers()), pages, PAGE_TOKENS));
      LlamaWeights weights = resources.add(new LlamaWeights(device, stream, shape, SEED));
      KvLaunches kv = new KvLaunches(kernels, arena, Addressing.PAGED);
      pass = resources.add(
          new LlamaPass(device, kernels, shape, weights, kv, mostTokens, mostRows, mostTokens));
      int[] pageIds = new int[pages];
      for (int page = 0; page < pages; page++) {
        pageIds[page] = page;
      }
      table = new Table(upload(device, pageIds).address(), pages);
      int[] tokenIds = new int[mostTokens];
      int[] itsPositions = new int[mostTokens];
      for (int token = 0; token < mostTokens; token++) {
        tokenIds[token] = (int) (token * 2_654_435_761L % shape.vocabulary());
        itsPositions[token] = token;
      }
      ids = upload(device, tokenIds);
      positions = upload(device, itsPositions);
      rows = upload(device, new int[mostTokens]);
      sampled = resources.add(device.allocate(4L * mostRows));
      layers(stream, mostTokens); // so that what is sampled from are numbers
      pass.keep(stream, 0, Math.min(mostTokens, mostRows), 0);
      stream.synchronize();
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private DeviceMemory upload(Device device, int[] values) {
    DeviceMemory memory = resources.add(device.allocate(4L * values.length));
    memory.write(values);
    return memory;
  }

  /** Embedding, all of every layer but attention, and the last norm, of so many tokens. */
  public void layers(Stream stream, int tokens) {
    pass.layers(
        stream,
        table,
        new Tokens(rows.address(), positions.address(), tokens),
        ids.address(),
        0,
        new DecodeWork(0, 0, 0, 0, 0, 0),
        0,
        0);
  }

  /** Head and choice of the next token of so many sequences. */
  public void sample(Stream stream, int itsRows) {
    pass.sample(stream, itsRows, sampled.address());
  }

  @Override
  public void close() {
    resources.close();
  }
}
