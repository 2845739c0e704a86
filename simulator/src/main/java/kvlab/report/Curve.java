package kvlab.report;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Points of a line, x never decreasing. */
final class Curve {
  private static final int MARKERS = 9;

  private final double[] x; // [point]
  private final double[] y; // [point]

  /** Takes the coordinates as they are. */
  Curve(double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " and " + y.length + " coordinates");
    }
    this.x = x;
    this.y = y;
  }

  double[] x() {
    return x;
  }

  double[] y() {
    return y;
  }

  int size() {
    return x.length;
  }

  /**
   * The same line with its first point twice: where points are at equal distances XChart puts ticks on
   * them, however many (knowm/XChart#731).
   */
  Curve offTheGrid() {
    return pick(IntStream.range(0, size() + 1).map(i -> Math.max(0, i - 1)).toArray());
  }

  /** The points of which both coordinates are numbers. */
  Curve finite() {
    return where(i -> Double.isFinite(x[i]) && Double.isFinite(y[i]));
  }

  /** The points that a logarithmic axis can show. */
  Curve positive() {
    return where(i -> x[i] > 0);
  }

  private Curve where(IntPredicate keep) {
    return pick(IntStream.range(0, size()).filter(keep).toArray());
  }

  /**
   * First, lowest, highest and last point of each of so many equal stretches of x, which draws the
   * same line where a stretch is a pixel wide (Jugel et al., M4, VLDB 2014).
   */
  Curve decimated(int stretches) {
    if (size() <= 4 * stretches) {
      return this;
    }
    double from = x[0];
    double width = (x[size() - 1] - from) / stretches;
    int[] kept = new int[4 * stretches + 4];
    int n = 0;
    int start = 0;
    while (start < size()) {
      int stretch = width > 0 ? (int) Math.min(stretches - 1, (x[start] - from) / width) : 0;
      int low = start;
      int high = start;
      int end = start;
      while (end < size()
          && (width > 0 ? (int) Math.min(stretches - 1, (x[end] - from) / width) : 0) == stretch) {
        low = y[end] < y[low] ? end : low;
        high = y[end] > y[high] ? end : high;
        end++;
      }
      int[] four = {start, Math.min(low, high), Math.max(low, high), end - 1};
      for (int i : four) {
        if (n == 0 || kept[n - 1] != i) {
          kept[n++] = i;
        }
      }
      start = end;
    }
    return pick(Arrays.copyOf(kept, n));
  }

  /**
   * The first two points in each cell of a square grid, for dots that would hide one another.
   *
   * @param from of both axes; above 0 where they are logarithmic
   * @param cells along an axis
   */
  Curve thinned(double from, double to, int cells) {
    byte[] dots = new byte[(cells + 1) * (cells + 1)];
    return where(i -> {
      int cell = cell(x[i], from, to, cells) * (cells + 1) + cell(y[i], from, to, cells);
      return dots[cell] < 2 && ++dots[cell] <= 2;
    });
  }

  private static int cell(double value, double from, double to, int cells) {
    double share =
        from > 0 ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
    return (int) Math.max(0, Math.min(cells, share * cells));
  }

  /** A few points for markers, evenly along the axis; lines of other order get theirs in between. */
  Curve sparse(int order, int of, boolean log) {
    double from = log ? Math.log(x[0]) : x[0];
    double span = (log ? Math.log(x[size() - 1]) : x[size() - 1]) - from;
    int[] kept = new int[MARKERS];
    int n = 0;
    int i = 0;
    for (int m = 0; m < MARKERS; m++) {
      double at = from + span * (m + (order + 0.5) / of) / MARKERS;
      while (i < size() - 1 && (log ? Math.log(x[i]) : x[i]) < at) {
        i++;
      }
      if (n == 0 || kept[n - 1] != i) {
        kept[n++] = i;
      }
    }
    return pick(Arrays.copyOf(kept, n));
  }

  private Curve pick(int[] indices) {
    return new Curve(
        Arrays.stream(indices).mapToDouble(i -> x[i]).toArray(),
        Arrays.stream(indices).mapToDouble(i -> y[i]).toArray());
  }
}
