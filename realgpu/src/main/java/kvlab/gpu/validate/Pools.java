package kvlab.gpu.validate;

import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.run.RandomFill;
import kvlab.gpu.run.Resources;

/**
 * Random keys and values that the batches of a part share, one after the other. For the driver wipes what is
 * freed, in the background: after 17 GB an H200 reads an eighth slower for 38 ms, which is long enough to
 * spoil the next point, and the kernel that happens to be measured first there takes the blame
 * (results/2026-11-26-h200).
 */
final class Pools implements AutoCloseable {
  private static final int MOST_LAYERS = 256;
  private static final int VECTOR_BYTES = 16;

  private final Bench bench;
  private final Resources resources = new Resources();
  private final DeviceMemory keys;
  private final DeviceMemory values;

  /**
   * Pools for one part.
   *
   * @param mostBytes that a layer's keys and values take together
   */
  Pools(Bench bench, long mostBytes) {
    this.bench = bench;
    long bytes = mostBytes / 2 / VECTOR_BYTES * VECTOR_BYTES + turnedOver(bench);
    try {
      keys = resources.add(bench.device.allocate(bytes));
      values = resources.add(bench.device.allocate(bytes));
      RandomFill.fill(keys, ElementType.BF16, 1, 1, bench.stream);
      RandomFill.fill(values, ElementType.BF16, 1, 2, bench.stream);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** So many pages in as many layers as it takes to make the L2 forget; not to be closed. */
  KvArena arena(HeadShape heads, int pages, int pageTokens) {
    int layers = layers(bench, KvArena.bytes(heads, 1, pages, pageTokens));
    return new KvArena(heads, layers, pages, pageTokens, keys, values);
  }

  /** As many layers of so many bytes as it takes to make the L2 forget. */
  static int layers(Bench bench, long bytes) {
    return bench.scale.twin()
        ? 1
        : (int) Math.max(1, Math.min(MOST_LAYERS, turnedOver(bench) / bytes + 1));
  }

  /** Not twice the cache: what is evicted is not the oldest. */
  private static long turnedOver(Bench bench) {
    return 4L * bench.device.describe().cacheBytes();
  }

  @Override
  public void close() {
    resources.close();
  }
}
