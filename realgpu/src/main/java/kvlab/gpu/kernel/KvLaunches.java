package kvlab.gpu.kernel;

import kvlab.gpu.device.Params;
import kvlab.gpu.device.Stream;

/**
 * Launches of the kernels that read or write one layer of a KV cache through a table; grids and
 * parameters are those that the named file in {@code src/main/cuda} states. For one thread.
 */
public final class KvLaunches {
  private static final int THREADS = 128;
  private static final int TAG_TILE = 16; // tokens of a block of tag_check

  private final KernelSet kernels;
  private final KvArena arena;
  private final HeadShape heads;
  private final Addressing addressing;
  private final String size; // as in the names of kernels
  private final DecodeKernel decodeKernel;
  private final Params params = new Params();

  /** Launches as a step makes them. */
  public KvLaunches(KernelSet kernels, KvArena arena, Addressing addressing) {
    this(kernels, arena, addressing, kernels.fastestDecode());
  }

  /**
   * Launches with a kernel of decode attention that is chosen.
   *
   * @param decodeKernel one that {@link KernelSet#runs}
   */
  public KvLaunches(
      KernelSet kernels, KvArena arena, Addressing addressing, DecodeKernel decodeKernel) {
    this.kernels = kernels;
    this.arena = arena;
    this.heads = arena.heads();
    this.addressing = addressing;
    this.size = "_d" + heads.headSize();
    this.decodeKernel = decodeKernel;
  }

  /**
   * Rows of a table on the device.
   *
   * @param address {@code int [row][stride]}
   */
  public record Table(long address, int stride) {}

  /**
   * New tokens on the device.
   *
   * @param rows {@code int [token]}, -1 for padding
   * @param positions {@code int [token]}
   */
  public record Tokens(long rows, long positions, int count) {}

  /**
   * Which parts of which rows decode attention takes; see decode.cuh.
   *
   * @param work {@code int [item][4]}
   * @param items padding included
   * @param parts {@code int [row][2]}
   * @param partialOut {@code float [partial][qHead][D]}
   * @param partialStats {@code float [partial][qHead][2]}
   * @param done {@code int [row][qHead]}, zeros before and after
   */
  public record DecodeWork(
      long work, int items, long parts, long partialOut, long partialStats, long done) {}

  /** cache_write.cu. Keys and values of a token lie {@code stride} elements behind those before. */
  public void cacheWrite(
      Stream stream, int layer, Table table, Tokens tokens, long key, long value, int stride) {
    params
        .clear()
        .pointer(arena.keys(layer))
        .pointer(arena.values(layer))
        .pointer(key)
        .pointer(value)
        .pointer(table.address())
        .pointer(tokens.rows())
        .pointer(tokens.positions())
        .int32(stride)
        .int32(table.stride())
        .int32(heads.kvHeads())
        .int32(arena.pageTokens());
    kernels
        .kernel("cache_write_" + addressing + size)
        .launch(stream, tokens.count(), 1, 1, THREADS, params);
  }

  /** rope.cu: rotates queries and keys, and stores keys and values in their slots. */
  public void ropeCacheWrite(
      Stream stream, int layer, Table table, Tokens tokens, long query, long qkv, long cosSin) {
    params
        .clear()
        .pointer(query)
        .pointer(arena.keys(layer))
        .pointer(arena.values(layer))
        .pointer(qkv)
        .pointer(cosSin)
        .pointer(table.address())
        .pointer(tokens.rows())
        .pointer(tokens.positions())
        .int32(table.stride())
        .int32(heads.kvHeads())
        .int32(heads.group())
        .int32(arena.pageTokens());
    kernels
        .kernel("rope_cache_write_" + addressing + "_" + heads.type() + size)
        .launch(stream, tokens.count(), 1, 1, THREADS, params);
  }

  /** Decode attention; {@code out} and {@code query} are {@code [row][qHead][D]}. */
  public void decode(Stream stream, int layer, Table table, DecodeWork work, long out, long query) {
    decode(stream, layer, table, work, out, query, decodeKernel);
  }

  /** Blocks of {@link #prefill} that run at once on one multiprocessor. */
  public int prefillBlocksPerProcessor() {
    return kernels
        .kernel("prefill_" + addressing + "_" + heads.type() + size)
        .blocksPerProcessor(THREADS);
  }

  /** Blocks of {@link #decode} that run at once on one multiprocessor. */
  public int decodeBlocksPerProcessor() {
    return kernels.kernel(name(decodeKernel)).blocksPerProcessor(THREADS);
  }

  private String name(DecodeKernel kernel) {
    return addressing + "_decode_" + kernel + "_" + heads.type() + size;
  }

  /** The same by the kernel that is named. */
  void decode(
      Stream stream,
      int layer,
      Table table,
      DecodeWork work,
      long out,
      long query,
      DecodeKernel kernel) {
    int blocksPerItem = kernel == DecodeKernel.REF ? heads.queryHeads() : heads.kvHeads();
    params
        .clear()
        .pointer(out)
        .pointer(work.partialOut())
        .pointer(work.partialStats())
        .pointer(work.done())
        .pointer(query)
        .pointer(arena.keys(layer))
        .pointer(arena.values(layer))
        .pointer(table.address())
        .pointer(work.work())
        .pointer(work.parts())
        .int32(table.stride())
        .int32(heads.kvHeads())
        .int32(heads.group())
        .int32(arena.pageTokens())
        .float32(heads.scaleLog2());
    kernels.kernel(name(kernel)).launch(stream, blocksPerItem, work.items(), 1, THREADS, params);
  }

  /**
   * prefill.cu: new tokens attend to everything up to themselves.
   *
   * @param work {@code int [item][4]}: row or -1, first token, tokens, position of the first; longest first
   */
  public void prefill(
      Stream stream, int layer, Table table, long work, int items, long out, long query) {
    params
        .clear()
        .pointer(out)
        .pointer(query)
        .pointer(arena.keys(layer))
        .pointer(arena.values(layer))
        .pointer(table.address())
        .pointer(work)
        .int32(table.stride())
        .int32(heads.kvHeads())
        .int32(heads.group())
        .int32(arena.pageTokens())
        .float32(heads.scaleLog2());
    kernels
        .kernel("prefill_" + addressing + "_" + heads.type() + size)
        .launch(stream, heads.queryHeads(), items, 1, THREADS, params);
  }

  /**
   * tags.cu: marks the new tokens' slots as theirs.
   *
   * @param requests {@code int [row]}
   */
  public void tagWrite(Stream stream, int layer, Table table, Tokens tokens, long requests) {
    tagParams(layer, table, tokens.rows(), tokens.positions(), requests, 0, 0);
    kernels
        .kernel("tag_write_" + addressing + size)
        .launch(stream, tokens.count(), 1, 1, THREADS, params);
  }

  /**
   * tags.cu: counts the slots that hold something else.
   *
   * @param contexts {@code int [row]}, tokens
   * @param longestTokens of the contexts
   * @param report {@code int [2]}: wrong and checked vectors of 16 bytes are added
   */
  public void tagCheck(
      Stream stream,
      int layer,
      Table table,
      long requests,
      long contexts,
      int rows,
      int longestTokens,
      long report) {
    tagParams(layer, table, 0, 0, requests, contexts, report);
    int tiles = Math.max(1, (longestTokens + TAG_TILE - 1) / TAG_TILE);
    kernels
        .kernel("tag_check_" + addressing + size)
        .launch(stream, tiles, rows, 1, THREADS, params);
  }

  private void tagParams(
      int layer,
      Table table,
      long rows,
      long positions,
      long requests,
      long contexts,
      long report) {
    params
        .clear()
        .pointer(arena.keys(layer))
        .pointer(arena.values(layer))
        .pointer(report)
        .pointer(table.address())
        .pointer(requests)
        .pointer(rows)
        .pointer(positions)
        .pointer(contexts)
        .int32(table.stride())
        .int32(heads.kvHeads())
        .int32(arena.pageTokens())
        .int32(layer);
  }
}
