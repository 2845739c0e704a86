package kvlab.report;

import java.util.Arrays;

/**
 * How long runs are on a time axis. Those that take at most half as long again as the shortest share one axis;
 * a run beyond that would squeeze them, so it gets an axis of its own.
 */
final class Spans {
  private static final double MOST_RATIO = 1.5;

  private final double[] ends; // [run] seconds
  private final double shared;

  /** Spans of runs that end at these seconds; 0 where nothing ran. */
  Spans(double... ends) {
    this.ends = ends.clone();
    double least = Arrays.stream(ends).filter(end -> end > 0).min().orElse(1);
    this.shared =
        Arrays.stream(ends).filter(end -> end <= MOST_RATIO * least).max().orElse(least);
  }

  /** Whether all runs fit one axis. */
  boolean areEven() {
    return Arrays.stream(ends).allMatch(end -> end <= shared);
  }

  /** Whether the run has an axis of its own. */
  boolean isApart(int run) {
    return ends[run] > shared;
  }

  /** Where the axis of a run ends, in seconds; above 0. */
  double end(int run) {
    double end = Math.max(shared, ends[run]);
    return end > 0 ? end : 1;
  }

  /** The title of a run's panel, which says when its axis is not that of the others. */
  String title(int run, String design) {
    return isApart(run) ? design + " (own time axis)" : design;
  }
}
