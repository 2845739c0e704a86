package kvlab.gpu.kernel;

import kvlab.gpu.device.Params;
import kvlab.gpu.device.Stream;

/** Launches of pages.cu, which moves whole pages of all layers. For one thread. */
public final class PageLaunches {
  private static final int THREADS = 256;
  private static final int KEYS_AND_VALUES = 2;

  private final KernelSet kernels;
  private final KvArena arena;
  private final Params params = new Params();

  public PageLaunches(KernelSet kernels, KvArena arena) {
    this.kernels = kernels;
    this.arena = arena;
  }

  /**
   * Copies pages within the arena.
   *
   * @param pairs {@code int [pair][2]}: from, to
   */
  public void copy(Stream stream, long pairs, int count) {
    params
        .clear()
        .pointer(arena.keys())
        .pointer(arena.values())
        .pointer(pairs)
        .int32(arena.pages())
        .int32(arena.pageElements());
    kernels
        .kernel("page_copy")
        .launch(stream, count, arena.layers(), KEYS_AND_VALUES, THREADS, params);
  }

  /**
   * Copies the live tokens of paged rows into reservations of another arena.
   *
   * @param toTable {@code int [row][2]}
   * @param fromTable {@code int [row][fromStride]}
   * @param contexts {@code int [row]}, tokens
   * @param longestPages of the rows
   */
  public void gather(
      Stream stream,
      KvArena to,
      long toTable,
      long fromTable,
      int fromStride,
      long contexts,
      int rows,
      int longestPages) {
    params
        .clear()
        .pointer(to.keys())
        .pointer(to.values())
        .pointer(arena.keys())
        .pointer(arena.values())
        .pointer(toTable)
        .pointer(fromTable)
        .pointer(contexts)
        .int32(fromStride)
        .int32(arena.pages())
        .int32(to.pages())
        .int32(arena.heads().kvHeads())
        .int32(arena.pageTokens())
        .int32(arena.heads().headSize());
    kernels
        .kernel("page_gather")
        .launch(stream, longestPages, rows, arena.layers(), THREADS, params);
  }

  /**
   * Packs scattered pages into a buffer of {@link #stagedBytes}, for one copy to the host.
   *
   * @param pageIds {@code int [count]}
   */
  public void pack(Stream stream, long buffer, long pageIds, int count) {
    swap("swap_pack", stream, buffer, pageIds, count);
  }

  /** The way back. */
  public void unpack(Stream stream, long buffer, long pageIds, int count) {
    swap("swap_unpack", stream, buffer, pageIds, count);
  }

  private void swap(String kernel, Stream stream, long buffer, long pageIds, int count) {
    params
        .clear()
        .pointer(buffer)
        .pointer(arena.keys())
        .pointer(arena.values())
        .pointer(pageIds)
        .int32(arena.pages())
        .int32(arena.pageElements());
    kernels.kernel(kernel).launch(stream, count, arena.layers(), KEYS_AND_VALUES, THREADS, params);
  }

  /** Bytes that so many pages take in the buffer. */
  public long stagedBytes(int count) {
    return (long) count
        * KEYS_AND_VALUES
        * arena.layers()
        * arena.pageElements()
        * ElementType.BYTES;
  }
}
