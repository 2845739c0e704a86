package kvlab.report;

import java.util.Arrays;
import java.util.List;

/**
 * The time bins of one design: bin i is [start[i], start[i] + width[i]) in seconds, and its values are
 * time-weighted means.
 */
final class Bins {
  private final double[] start; // [bin]
  private final double[] width; // [bin]
  private final List<double[]> values; // [column][bin]

  private Bins(double[] start, double[] width, List<double[]> values) {
    this.start = start;
    this.width = width;
    this.values = values;
  }

  static Bins of(RunTable series, String design, List<String> columns) {
    return new Bins(
        series.numbers("t_s", design),
        series.numbers("dt_s", design),
        columns.stream().map(column -> series.numbers(column, design)).toList());
  }

  double start(int bin) {
    return start[bin];
  }

  double value(int column, int bin) {
    return values.get(column)[bin];
  }

  double highest(int column) {
    return Arrays.stream(values.get(column)).max().orElse(0);
  }

  int size() {
    return start.length;
  }

  double end() {
    return size() == 0 ? 0 : start[size() - 1] + width[size() - 1];
  }

  /** The line through the middles of the bins. */
  Curve middles(int value) {
    double[] x = new double[size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = start[i] + width[i] / 2;
    }
    return new Curve(x, values.get(value)).finite();
  }

  /** At most so many bins; neighbours are merged into their time-weighted mean, which keeps sums. */
  Bins merged(int most) {
    int group = Math.max(1, (size() + most - 1) / most);
    if (group == 1) {
      return this;
    }
    int n = (size() + group - 1) / group;
    double[] starts = new double[n];
    double[] widths = new double[n];
    List<double[]> means = values.stream().map(v -> new double[n]).toList();
    for (int i = 0; i < n; i++) {
      int to = Math.min(size(), (i + 1) * group);
      starts[i] = start[i * group];
      widths[i] = Arrays.stream(width, i * group, to).sum();
      for (int v = 0; v < values.size(); v++) {
        double sum = 0;
        for (int j = i * group; j < to; j++) {
          sum += values.get(v)[j] * width[j];
        }
        means.get(v)[i] = widths[i] > 0 ? sum / widths[i] : values.get(v)[to - 1];
      }
    }
    return new Bins(starts, widths, means);
  }
}
