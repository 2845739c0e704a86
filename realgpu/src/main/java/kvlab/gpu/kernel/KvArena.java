package kvlab.gpu.kernel;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;

/**
 * The KV cache on a device: a pool for keys and one for values, {@code [layer][page][kvHead][slot][D]},
 * as kv_layout.cuh and the page kernels read them.
 */
public final class KvArena implements AutoCloseable {
  private final HeadShape heads;
  private final int layers;
  private final int pages;
  private final int pageTokens;
  private final DeviceMemory keys;
  private final DeviceMemory values;
  private final boolean isOwner;

  /**
   * Allocates both pools.
   *
   * @param pageTokens a multiple of 16 from 16 to 256
   */
  public KvArena(Device device, HeadShape heads, int layers, int pages, int pageTokens) {
    requireKernels(pageTokens);
    this.heads = heads;
    this.layers = layers;
    this.pages = pages;
    this.pageTokens = pageTokens;
    this.isOwner = true;
    long bytes = bytes(heads, layers, pages, pageTokens) / 2;
    this.keys = device.allocate(bytes);
    try {
      this.values = device.allocate(bytes);
    } catch (RuntimeException e) {
      keys.close();
      throw e;
    }
  }

  /** Pools at the start of memory that others own and close. */
  public KvArena(
      HeadShape heads,
      int layers,
      int pages,
      int pageTokens,
      DeviceMemory keys,
      DeviceMemory values) {
    requireKernels(pageTokens);
    if (bytes(heads, layers, pages, pageTokens) / 2 > Math.min(keys.bytes(), values.bytes())) {
      throw new IllegalArgumentException(
          layers + " layers of " + pages + " pages are more than there is memory for");
    }
    this.heads = heads;
    this.layers = layers;
    this.pages = pages;
    this.pageTokens = pageTokens;
    this.isOwner = false;
    this.keys = keys;
    this.values = values;
  }

  private static void requireKernels(int pageTokens) {
    if (pageTokens < 16 || pageTokens > 256 || pageTokens % 16 != 0) {
      throw new IllegalArgumentException("no kernels for pages of " + pageTokens + " tokens");
    }
  }

  /** Bytes of both pools. */
  public static long bytes(HeadShape heads, int layers, int pages, int pageTokens) {
    return 2L * ElementType.BYTES * layers * pages * pageTokens * heads.kvElements();
  }

  public HeadShape heads() {
    return heads;
  }

  public int layers() {
    return layers;
  }

  public int pages() {
    return pages;
  }

  public int pageTokens() {
    return pageTokens;
  }

  /** Elements of a page of one layer, in each pool. */
  public int pageElements() {
    return pageTokens * heads.kvElements();
  }

  public DeviceMemory keys() {
    return keys;
  }

  public DeviceMemory values() {
    return values;
  }

  /** Address of a layer's keys. */
  public long keys(int layer) {
    return keys.address() + layerBytes() * layer;
  }

  /** Address of a layer's values. */
  public long values(int layer) {
    return values.address() + layerBytes() * layer;
  }

  private long layerBytes() {
    return (long) ElementType.BYTES * pages * pageElements();
  }

  @Override
  public void close() {
    if (isOwner) {
      keys.close();
      values.close();
    }
  }
}
