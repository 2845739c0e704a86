package kvlab.step;

import java.util.Arrays;

/**
 * Decode attention of one layer, a parabola to each key tile of the mean context. While the contexts of n
 * sequences grow from one whole tile each to the next, {@link Kernels#decode} has the same work and its
 * memory grows evenly: a smooth curve, which the parabola through its ends and its middle is within 0.01%
 * of (0.3% below 256 tokens, 0.8% below 64). Where a tile is full it jumps as the curve does.
 *
 * <pre>
 *   mean context   | 0 ... 64 | 64 ... 128 | 128 ... 192 |
 *   tile           |    1     |     2      |      3      |   t = a + b x + c x^2, x tokens into the tile
 * </pre>
 *
 * They are kept in a table with one place for each pair of sequences and tile, so the last asked for stay.
 */
final class DecodeArcs {
  private static final int PLACES = 1 << 12;
  private static final int SPREAD = 131; // places between equal tiles of n and n + 1 sequences

  private final Kernels kernels;
  private final Heads heads;
  private final long[] keys = new long[PLACES];
  private final double[] a = new double[PLACES];
  private final double[] b = new double[PLACES];
  private final double[] c = new double[PLACES];

  DecodeArcs(Kernels kernels, Heads heads) {
    this.kernels = kernels;
    this.heads = heads;
    Arrays.fill(keys, -1);
  }

  /** Context of so many sequences with one full tile each. */
  static long tileTokens(int sequences) {
    return (long) Kernels.KEY_TILE * sequences;
  }

  /** Nanoseconds for so many sequences, whose contexts sum to that, as a mean over layers. */
  double nanos(int sequences, double context) {
    long tokens = tileTokens(sequences);
    long tile = Math.max(1, (long) Math.ceil(context / tokens));
    return along(place(sequences, tile), context - (double) ((tile - 1) * tokens));
  }

  /** Nanoseconds with so much context beyond the tiles before that of the place. */
  double along(int place, double contextInTile) {
    return a[place] + contextInTile * (b[place] + contextInTile * c[place]);
  }

  /** Where the arc of the tile is, from 1 on. */
  int place(int sequences, long tile) {
    int place = (int) (sequences * (long) SPREAD + tile) & (PLACES - 1);
    long key = ((long) sequences << 40) + tile;
    if (keys[place] != key) {
      double width = (double) tileTokens(sequences);
      double from = (tile - 1) * width;
      double start = kernels.decode(sequences, from, (double) tile, heads);
      double middle = kernels.decode(sequences, from + width / 2, (double) tile, heads);
      double end = kernels.decode(sequences, from + width, (double) tile, heads);
      keys[place] = key;
      a[place] = start;
      b[place] = (4 * middle - 3 * start - end) / width;
      c[place] = 2 * (start - 2 * middle + end) / (width * width);
    }
    return place;
  }
}
