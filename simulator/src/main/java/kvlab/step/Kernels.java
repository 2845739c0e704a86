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
 *              + (s > 1) (combine + 8 s b H D / (B decode-bandwidth)) + (b > 1, H > K) stack
 *
 *   prefill attention, b sequences, T new tokens, X tokens read, Y pairs; in tiles of q rows,
 *   the query heads of a group stacked, u = b K ceil(T/b H/K / q) tiles
 *     memory = (X v + 4 T H D) / (B prefill-bandwidth)
 *     tile(x)= 4 D q x M / (F prefill-compute) + block                  x keys, in whole 128s
 *     work   = max(u/M tile(Y/T + 64 + q K/2H), tile(X/b))              the last tile sees every key
 *
 *   beside n decodes, which read Z tokens, where query heads are not stacked (a block each, of d):
 *     memory = as above + r Z v / (B decode-bandwidth)                  r reads, from 1 to H/K
 *     work   = max(u/M tile(..) + n H/M d + l/3, l), l = max(tile(X/b), d), d = tile(Z/n) of 64 rows
 *              + n H/M (ceil(T/b/64) - 1) idle
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
  // Chosen once for both cards on the mixed batches of the two profiles in docs/step-times.md; not
  // fitted per card.
  private static final double RAGGED = 1 / 3.0; // of the longest block
  private static final double KEPT_WHOLE =
      0.8; // of a cache that replaces what was used longest ago
  private static final double KEPT_NOTHING = 1.3;
  private static final double ACTIVATION_BYTES = 2;
  private static final double PARTIAL_BYTES = 8; // a 32-bit sum written and read again

  private final Device device;
  private final double gemmLaunch;
  private final double gemmBytes;
  private final double gemmFlops;
  private final double[] gemmTurns = new double[TILES.length]; // [tile], of one loop over it
  private final double gemmSplit;
  private final double elementLaunch;
  private final double decodeLaunch;
  private final double decodeBytes;
  private final double decodeKey;
  private final double decodeBlock;
  private final double decodeCombine;
  private final double decodeGroup;
  private final double decodeStack;
  private final boolean splitsUngrouped;
  private final double prefillLaunch;
  private final double prefillBytes;
  private final double prefillFlops;
  private final double prefillBlock;
  private final boolean mixedStacked;
  private final double mixedIdle;

  public Kernels(Device device, Constants constants) {
    this.device = device;
    double bytes = device.bytesPerNano();
    double flops = device.flopsPerNano() / device.multiprocessors();
    gemmLaunch = constants.of(Constant.GEMM_LAUNCH_NS);
    gemmBytes = bytes * constants.of(Constant.GEMM_BANDWIDTH);
    gemmFlops = flops * constants.of(Constant.GEMM_COMPUTE);
    for (int tile = 0; tile < TILES.length; tile++) {
      double flop = 2.0 * TILES[tile][0] * TILES[tile][1] * LOOP_ELEMENTS;
      gemmTurns[tile] = Math.max(flop / gemmFlops, constants.of(Constant.GEMM_LOOP_NS));
    }
    gemmSplit = constants.of(Constant.GEMM_SPLIT_NS);
    elementLaunch = constants.of(Constant.ELEMENT_LAUNCH_NS);
    decodeLaunch = constants.of(Constant.DECODE_LAUNCH_NS);
    decodeBytes = bytes * constants.of(Constant.DECODE_BANDWIDTH);
    decodeKey = constants.of(Constant.DECODE_KEY_NS);
    decodeBlock = constants.of(Constant.DECODE_BLOCK_NS);
    decodeCombine = constants.of(Constant.DECODE_COMBINE_NS);
    decodeGroup = constants.of(Constant.DECODE_GROUP);
    decodeStack = constants.of(Constant.DECODE_STACK_NS);
    splitsUngrouped = constants.of(Constant.DECODE_SPLIT_UNGROUPED) >= 0.5;
    prefillLaunch = constants.of(Constant.PREFILL_LAUNCH_NS);
    prefillBytes = bytes * constants.of(Constant.PREFILL_BANDWIDTH);
    prefillFlops = flops * constants.of(Constant.PREFILL_COMPUTE);
    prefillBlock = constants.of(Constant.PREFILL_BLOCK_NS);
    mixedStacked = constants.of(Constant.MIXED_STACKED) >= 0.5;
    mixedIdle = constants.of(Constant.MIXED_IDLE_NS);
  }

  /** Nanoseconds of a product of 16-bit activations, m x k, with weights, k x n. */
  public double gemm(double m, double n, double k, double weightBytes) {
    double memory = (ACTIVATION_BYTES * m * (k + n) + weightBytes * k * n) / gemmBytes;
    double least = Double.POSITIVE_INFINITY; // work; Math.min would wait for the one before it
    double loops = k / LOOP_ELEMENTS;
    double joining = PARTIAL_BYTES * m * n / device.bytesPerNano();
    for (int tile = 0; tile < TILES.length; tile++) {
      double tiles = Math.ceil(m / TILES[tile][0]) * Math.ceil(n / TILES[tile][1]);
      double waves = tiles / device.multiprocessors();
      double turn = gemmTurns[tile];
      double whole = Math.ceil(waves) * Math.ceil(loops) * turn;
      if (whole < least) {
        least = whole;
      }
      // products with powers of two are exact, and quicker than quotients
      double share = 0.5;
      for (double splits = 2; splits <= MOST_GEMM_SPLITS; splits *= 2, share /= 2) {
        double split = Math.ceil(splits * waves) * Math.ceil(loops * share) * turn
            + (gemmSplit + splits * joining);
        if (split < least) {
          least = split;
        }
      }
    }
    return gemmLaunch + together(memory, least);
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
    double stacking = group > 1 && sequences > 1 ? decodeStack : 0;
    return decodeLaunch + stacking + together(memory, work);
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
    return prefillLaunch
        + together(
            prefillMemory(tokens, context, heads),
            prefillWork(sequences, tokens, context, pairs, heads, 0, 0));
  }

  /**
   * Nanoseconds of one layer's attention of prefills as in {@link #prefill} and of sequences that compute one
   * token each, in one kernel. Where it then stacks the query heads of a group and splits contexts, as
   * FlashAttention-3, these go as alone. Where it does neither, as FlashAttention-2, a thread block goes over
   * all keys for one query head at the pace of a prefill's smallest tile, beside the blocks of the prompts.
   * Keys and values are read once for the query heads of a group that run in the same wave, and for those of
   * another again as far as all that one head has of all sequences outgrows the cache. Every decode has as
   * many tiles of queries as a prompt, all but one of them idle.
   *
   * @param decodeContext tokens whose keys and values the decodes read
   */
  public double mixed(
      double prefills,
      double tokens,
      double context,
      double pairs,
      double decodes,
      double decodeContext,
      Heads heads) {
    if (mixedStacked) {
      return prefill(prefills, tokens, context, pairs, heads)
          + decode(decodes, decodeContext, heads)
          - decodeLaunch;
    }
    double group = (double) heads.query() / heads.kv();
    double waves = Math.ceil(decodes * group / device.multiprocessors());
    double oneHead = decodeContext * heads.tokenBytes() / heads.kv();
    double reads = 1 + (Math.min(group, waves) - 1) * missed(oneHead / device.cacheBytes());
    double memory = prefillMemory(tokens, context, heads)
        + decodeContext * heads.tokenBytes() * reads / decodeBytes;
    double blocks = decodes * heads.query() / device.multiprocessors();
    double block = prefillBlock + decodeContext / decodes * keyNanos(QUERY_TILES[0], heads);
    double idle = Math.ceil(tokens / prefills / QUERY_TILES[0]) - 1;
    double work = prefillWork(prefills, tokens, context, pairs, heads, blocks * block, block);
    return prefillLaunch + together(memory, work) + blocks * idle * mixedIdle;
  }

  private double prefillMemory(double tokens, double context, Heads heads) {
    return (context * heads.tokenBytes()
            + 2 * ACTIVATION_BYTES * tokens * heads.query() * heads.elements())
        / prefillBytes;
  }

  /**
   * Nanoseconds of tiles of queries beside other blocks. Blocks of two lengths leave the end ragged.
   *
   * @param others what the other blocks take, spread evenly over the multiprocessors
   * @param other what one of them takes
   */
  private double prefillWork(
      double sequences,
      double tokens,
      double context,
      double pairs,
      Heads heads,
      double others,
      double other) {
    double group = (double) heads.query() / heads.kv();
    double longest = Math.ceil(context / sequences / PREFILL_KEY_TILE) * PREFILL_KEY_TILE;
    double work = Double.POSITIVE_INFINITY;
    for (int rows : QUERY_TILES) {
      double tiles = sequences * heads.kv() * Math.ceil(tokens / sequences * group / rows);
      double mean = Math.min(longest, pairs / tokens + PREFILL_KEY_TILE / 2.0 + rows / group / 2);
      double keyNanos = keyNanos(rows, heads);
      double last = Math.max(other, longest * keyNanos + prefillBlock);
      double even = others + tiles / device.multiprocessors() * (mean * keyNanos + prefillBlock);
      double ragged = others > 0 ? last * RAGGED : 0;
      work = Math.min(work, Math.max(even + ragged, last));
    }
    return work;
  }

  private double keyNanos(int rows, Heads heads) {
    return 4.0 * heads.elements() * rows / prefillFlops;
  }

  /** Share of what is read in turns, so much of the cache's size, that is no longer there next time. */
  private static double missed(double ofCache) {
    return Math.min(1, Math.max(0, (ofCache - KEPT_WHOLE) / (KEPT_NOTHING - KEPT_WHOLE)));
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
