package kvlab.step;

/**
 * Times of the kernels that a transformer layer consists of, each a roofline (Williams, Waterman,
 * Patterson, CACM 52(4), 2009) whose arithmetic side counts whole tiles and whole waves of thread
 * blocks:
 *
 * <pre>
 *   t = launch + memory (+) work         a (+) b = (a^3 + b^3)^(1/3): near the ridge neither hides
 *
 *   product of m x k and k x n, in tiles of p x q, with k cut into s parts; the best p, q, s count
 *     memory = (2 m k + w k n + 2 m n) / (B gemm-bandwidth)             w bytes of a weight
 *     work   = ceil(ceil(m/p) ceil(n/q) s / M) ceil(k/64/s) max(128 p q M / (F gemm-compute), loop)
 *              + (s > 1) (split + 8 s m n / B)
 *
 *   decode attention, b sequences that read X tokens together, the contexts cut into s parts
 *     memory = (X v + 4 b H D) / (B decode-bandwidth)                   v bytes of a token's KV
 *     work   = ceil(b K s / M) (block + 64 ceil(X/b/64/s) key D/128 max(1, group H/K))
 *              + (s > 1) (combine + 8 s b H D / (B decode-bandwidth))
 *
 *   prefill attention, b sequences, T new tokens, X tokens read, Y pairs; in tiles of q rows,
 *   the query heads of a group stacked, u = b K ceil(T/b H/K / q) tiles
 *     memory = (X v + 4 T H D) / (B prefill-bandwidth)
 *     tile(x)= 4 D q x M / (F prefill-compute) + block                  x keys, in whole 128s
 *     work   = max(u/M tile(Y/T + 64 + q K/2H), tile(X/b))              the last tile sees every key
 * </pre>
 *
 * B and F are the device's bandwidth and arithmetic peak, M its multiprocessors, H and K the query and
 * KV heads on it, D the head size; everything else is a {@link Constant}. Tiles and splits are those of
 * cuBLAS and FlashAttention-2 and -3 in kind, not their exact choice. Not modelled: clocks that fall
 * under load, caches but where a method says so, a step's kernels overlapping.
 */
public final class Kernels {
  private static final int[][] TILES = {
    {64, 64}, {64, 128}, {128, 64}, {128, 128}, {128, 256}, {256, 128}
  };
  private static final int MOST_GEMM_SPLITS = 16;
  private static final int MOST_CONTEXT_SPLITS = 128;
  private static final int LOOP_ELEMENTS = 64;
  static final int KEY_TILE = 64;
  private static final int PREFILL_KEY_TILE = 128;
  private static final int[] QUERY_TILES = {64, 128};
  private static final double ACTIVATION_BYTES = 2;
  private static final double PARTIAL_BYTES = 8; // a 32-bit sum written and read again

  private final Device device;
  private final double gemmLaunch;
  private final double gemmBytes;
  private final double gemmFlops;
  private final double gemmLoop;
  private final double gemmSplit;
  private final double elementLaunch;
  private final double decodeLaunch;
  private final double decodeBytes;
  private final double decodeKey;
  private final double decodeBlock;
  private final double decodeCombine;
  private final double decodeGroup;
  private final boolean splitsUngrouped;
  private final double prefillLaunch;
  private final double prefillBytes;
  private final double prefillFlops;
  private final double prefillBlock;
  private final boolean mixedStacked;

  public Kernels(Device device, Constants constants) {
    this.device = device;
    double bytes = device.bytesPerNano();
    double flops = device.flopsPerNano() / device.multiprocessors();
    gemmLaunch = constants.of(Constant.GEMM_LAUNCH_NS);
    gemmBytes = bytes * constants.of(Constant.GEMM_BANDWIDTH);
    gemmFlops = flops * constants.of(Constant.GEMM_COMPUTE);
    gemmLoop = constants.of(Constant.GEMM_LOOP_NS);
    gemmSplit = constants.of(Constant.GEMM_SPLIT_NS);
    elementLaunch = constants.of(Constant.ELEMENT_LAUNCH_NS);
    decodeLaunch = constants.of(Constant.DECODE_LAUNCH_NS);
    decodeBytes = bytes * constants.of(Constant.DECODE_BANDWIDTH);
    decodeKey = constants.of(Constant.DECODE_KEY_NS);
    decodeBlock = constants.of(Constant.DECODE_BLOCK_NS);
    decodeCombine = constants.of(Constant.DECODE_COMBINE_NS);
    decodeGroup = constants.of(Constant.DECODE_GROUP);
    splitsUngrouped = constants.of(Constant.DECODE_SPLIT_UNGROUPED) >= 0.5;
    prefillLaunch = constants.of(Constant.PREFILL_LAUNCH_NS);
    prefillBytes = bytes * constants.of(Constant.PREFILL_BANDWIDTH);
    prefillFlops = flops * constants.of(Constant.PREFILL_COMPUTE);
    prefillBlock = constants.of(Constant.PREFILL_BLOCK_NS);
    mixedStacked = constants.of(Constant.MIXED_STACKED) >= 0.5;
  }

  /** Nanoseconds of a product of 16-bit activations, m x k, with weights, k x n. */
  public double gemm(double m, double n, double k, double weightBytes) {
    double memory = (ACTIVATION_BYTES * m * (k + n) + weightBytes * k * n) / gemmBytes;
    double work = Double.POSITIVE_INFINITY;
    for (int[] tile : TILES) {
      double tiles = Math.ceil(m / tile[0]) * Math.ceil(n / tile[1]);
      double turn = Math.max(2.0 * tile[0] * tile[1] * LOOP_ELEMENTS / gemmFlops, gemmLoop);
      for (int splits = 1; splits <= MOST_GEMM_SPLITS; splits *= 2) {
        double waves = Math.ceil(tiles * splits / device.multiprocessors());
        double joining =
            splits == 1 ? 0 : gemmSplit + PARTIAL_BYTES * splits * m * n / device.bytesPerNano();
        work = Math.min(work, waves * Math.ceil(k / LOOP_ELEMENTS / splits) * turn + joining);
      }
    }
    return gemmLaunch + together(memory, work);
  }

  /**
   * Nanoseconds of a kernel that only moves so many bytes, part of which the kernel before left in the
   * cache: as many as it holds count half.
   */
  public double elementwise(double bytes) {
    double cached = Math.min(bytes, device.cacheBytes());
    return elementLaunch + (bytes - cached / 2) / gemmBytes;
  }

  /**
   * Nanoseconds of one layer's attention of sequences that compute one token each.
   *
   * @param context tokens whose keys and values are read, over all sequences
   */
  public double decode(double sequences, double context, Heads heads) {
    return decode(sequences, context, context / sequences / KEY_TILE, heads);
  }

  /** The same with contexts so many key tiles long, the last one perhaps not full. */
  double decode(double sequences, double context, double keyTiles, Heads heads) {
    double rows = sequences * heads.query() * heads.elements();
    double memory = (context * heads.tokenBytes() + 2 * ACTIVATION_BYTES * rows) / decodeBytes;
    double group = (double) heads.query() / heads.kv();
    double turn = decodeKey * heads.elements() / 128.0 * Math.max(1, decodeGroup * group);
    int most = group > 1 || splitsUngrouped ? MOST_CONTEXT_SPLITS : 1;
    double work = Double.POSITIVE_INFINITY;
    for (int splits = 1;
        splits <= most && (splits == 1 || splits <= Math.ceil(keyTiles));
        splits *= 2) {
      double waves = Math.ceil(sequences * heads.kv() * splits / device.multiprocessors());
      double joining =
          splits == 1 ? 0 : decodeCombine + PARTIAL_BYTES * splits * rows / decodeBytes;
      double block = decodeBlock + Math.ceil(keyTiles / splits) * KEY_TILE * turn;
      work = Math.min(work, waves * block + joining);
    }
    return decodeLaunch + together(memory, work);
  }

  /**
   * Nanoseconds of one layer's attention of sequences that compute parts of their prompts.
   *
   * @param tokens computed, over all sequences
   * @param context tokens whose keys and values are read, the new ones included
   * @param pairs of a new token and one that it attends to
   */
  public double prefill(
      double sequences, double tokens, double context, double pairs, Heads heads) {
    double memory = (context * heads.tokenBytes()
            + 2 * ACTIVATION_BYTES * tokens * heads.query() * heads.elements())
        / prefillBytes;
    double group = (double) heads.query() / heads.kv();
    double longest = Math.ceil(context / sequences / PREFILL_KEY_TILE) * PREFILL_KEY_TILE;
    double work = Double.POSITIVE_INFINITY;
    for (int rows : QUERY_TILES) {
      double tiles = sequences * heads.kv() * Math.ceil(tokens / sequences * group / rows);
      double mean = Math.min(longest, pairs / tokens + PREFILL_KEY_TILE / 2.0 + rows / group / 2);
      double keyNanos = 4.0 * heads.elements() * rows / prefillFlops;
      double last = longest * keyNanos + prefillBlock;
      double even = tiles / device.multiprocessors() * (mean * keyNanos + prefillBlock);
      work = Math.min(work, Math.max(even, last));
    }
    return prefillLaunch + together(memory, work);
  }

  /**
   * Nanoseconds of one layer's decode attention in one kernel with a prefill, which counts apart. Where the
   * kernel then neither stacks the query heads of a group nor splits contexts, as FlashAttention-2, a
   * thread block goes over all keys for one query head at the pace of a prefill's smallest tile, and keys
   * and values are read once per query head as far as one head's of all sequences outgrow the cache.
   */
  public double decodeBesidePrefill(double sequences, double context, Heads heads) {
    if (mixedStacked) {
      return decode(sequences, context, heads) - decodeLaunch;
    }
    double oneHead = context * heads.tokenBytes() / heads.kv();
    double missed = Math.max(0, 1 - device.cacheBytes() / oneHead);
    double group = (double) heads.query() / heads.kv();
    double memory = context * heads.tokenBytes() * (1 + (group - 1) * missed) / decodeBytes;
    double waves = Math.ceil(sequences * heads.query() / device.multiprocessors());
    double keyNanos = 4.0 * heads.elements() * QUERY_TILES[0] / prefillFlops;
    return together(memory, waves * (prefillBlock + context / sequences * keyNanos));
  }

  /** A smooth maximum: neither side hides the other wholly where they are near each other. */
  private static double together(double memory, double work) {
    double larger = Math.max(memory, work);
    if (larger == 0) {
      return 0;
    }
    double ratio = Math.min(memory, work) / larger;
    return larger * StrictMath.cbrt(1 + ratio * ratio * ratio);
  }
}
