package kvlab.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.knowm.xchart.XYChart;

/**
 * What a varied option of a sweep does, a line per design; where other options vary too, with their first
 * values. Drawn for options of which at least two values are numbers, and no value is anything else.
 */
final class SweepChart {
  private static final int HEIGHT = 260;
  private static final double HEADROOM = 1.04;
  private static final double LOG_RANGE = 30; // a linear axis would crowd the low end
  private static final String DESIGN = "design";

  private final RunTable table;
  private final List<String> varied;

  private SweepChart(RunTable table, List<String> varied) {
    this.table = table;
    this.varied = varied;
  }

  /** Reads the table of a sweep: the varied options are the columns before the design. */
  static SweepChart open(Path csv) {
    List<String> header = RunTable.headerOf(csv);
    List<String> varied = header.subList(0, Math.max(0, header.indexOf(DESIGN)));
    List<String> text = new ArrayList<>(varied);
    text.addAll(List.of(DESIGN, "failure"));
    return new SweepChart(RunTable.read(csv, text, List.of(DESIGN)), varied);
  }

  /** The options that can be drawn. */
  List<String> options() {
    return varied.stream().filter(this::isNumeric).toList();
  }

  private boolean isNumeric(String option) {
    Set<Optional<Double>> values = new LinkedHashSet<>();
    for (int row = 0; row < table.rows(); row++) {
      values.add(number(table.text(option, row)));
    }
    return values.size() > 1 && !values.contains(Optional.<Double>empty());
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.parseDouble(text));
    } catch (NumberFormatException isAWord) {
      return Optional.empty();
    }
  }

  Figure figure(String option) {
    List<String> others = new ArrayList<>();
    for (String other : varied) {
      if (!other.equals(option)) {
        others.add(other + " " + table.text(other, 0));
      }
    }
    String subtitle = others.isEmpty() ? "one replay per point" : "at " + String.join(", ", others);
    return new Figure(
        "What does " + option + " change?",
        subtitle,
        2,
        List.of(
            panel("Live KV, time-weighted", option, "live_pct", "share of the pool (%)", 1),
            panel("Running, time-weighted", option, "running_mean", "requests", 1),
            panel("Output", option, "output_tokens_per_s", "tokens/s", 1),
            panel("TTFT, 99th percentile", option, "ttft_p99_ms", "seconds", 1e-3)),
        Legend.ofDesigns(table.designs()));
  }

  private Panel panel(String title, String option, String column, String axis, double factor) {
    List<String> designs = table.designs();
    List<Curve> curves = new ArrayList<>();
    double least = Double.MAX_VALUE;
    double end = -Double.MAX_VALUE;
    double most = 0;
    for (String design : designs) {
      Curve curve = curve(option, column, design, factor);
      curves.add(curve);
      for (int i = 0; i < curve.size(); i++) {
        least = Math.min(least, curve.x()[i]);
        end = Math.max(end, curve.x()[i]);
        most = Math.max(most, curve.y()[i]);
      }
    }
    XYChart chart = Plots.plot(Figure.panelWidth(2), HEIGHT, option, axis);
    chart.getStyler().setYAxisLeftWidthHint(70);
    Plots.yRange(chart, 0, Plots.niceCeiling(most * HEADROOM));
    if (end < least) {
      Plots.xRange(chart, 0, 1);
      return Panel.empty(title, chart, "nothing to show");
    }
    if (least > 0 && end / least > LOG_RANGE) {
      LatencyChart.logarithmic(chart, least, end);
    } else {
      Plots.xRange(chart, least, end > least ? end : least + 1);
    }
    for (int i = 0; i < designs.size(); i++) {
      Plots.line(chart, designs.get(i), curves.get(i), i, designs.size());
    }
    return Panel.of(title, chart);
  }

  private Curve curve(String option, String column, String design, double factor) {
    List<double[]> points = new ArrayList<>();
    for (int row = 0; table.has(column) && row < table.rows(); row++) {
      if (table.text(DESIGN, row).equals(design) && isAtFirstValues(row, option)) {
        points.add(new double[] {
          number(table.text(option, row)).orElseThrow(), factor * table.number(column, row)
        });
      }
    }
    points.sort(Comparator.comparingDouble(point -> point[0]));
    return new Curve(
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray())
        .finite();
  }

  private boolean isAtFirstValues(int row, String option) {
    return varied.stream()
        .filter(other -> !other.equals(option))
        .allMatch(other -> table.text(other, row).equals(table.text(other, 0)));
  }
}
