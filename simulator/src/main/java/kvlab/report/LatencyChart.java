package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;

/** The distributions of time to first token and of end-to-end latency, one line per design. */
final class LatencyChart implements Chart {
  private static final int HEIGHT = 360;
  private static final double MILLIS = 1000;
  private static final double LOG_RANGE = 30; // linear axes hide the fast end beyond this ratio
  private static final double LABEL_ALL_RANGE = 2000; // 1, 2, 5 are labelled up to this ratio

  @Override
  public Figure figure(RunFiles run) {
    return new Figure(
        "How long do requests wait for their first and their last token?",
        Charts.subtitle("share of finished requests that took at most so long", run),
        2,
        List.of(
            panel("Time to first token (TTFT)", "TTFT", "ttft", run),
            panel("End-to-end latency (E2E)", "E2E latency", "e2e", run)),
        Legend.ofDesigns(run.designs()));
  }

  private static Panel panel(String title, String axisTitle, String metric, RunFiles run) {
    int width = Figure.panelWidth(2);
    List<String> designs = run.designs();
    List<Curve> curves = new ArrayList<>();
    double least = Double.MAX_VALUE;
    double most = 0;
    for (String design : designs) {
      Curve curve = curve(run.distributions(), design, metric);
      curves.add(curve);
      for (double x : curve.x()) {
        least = x > 0 ? Math.min(least, x) : least;
        most = Math.max(most, x);
      }
    }
    XYChart chart = Plots.plot(width, HEIGHT, axisTitle + " (s)", "requests (%)");
    chart.getStyler().setPlotGridVerticalLinesVisible(true);
    Plots.yRange(chart, 0, 100);
    if (most == 0) {
      Plots.xRange(chart, 0, 1);
      return Panel.empty(title, chart, "no request finished");
    }
    boolean log = most / least > LOG_RANGE;
    if (log) {
      logarithmic(chart, least, most);
    } else {
      Plots.xRange(chart, 0, Plots.niceCeiling(most));
    }
    for (int i = 0; i < designs.size(); i++) {
      Curve curve = log ? curves.get(i).positive() : curves.get(i);
      Plots.line(chart, designs.get(i), curve, i, designs.size());
    }
    return Panel.of(title, chart);
  }

  /** A logarithmic horizontal axis that holds the two values, which are above 0. */
  static void logarithmic(XYChart chart, double least, double most) {
    double from = niceFloor(least);
    double to = niceLogCeiling(most);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setXAxisLogarithmicDecadeOnly(false);
    boolean all = to / from <= LABEL_ALL_RANGE;
    chart.getStyler().setXAxisTickLabelsFormattingFunction(v -> logLabel(v, all));
    chart.getStyler().setXAxisMin(from);
    chart.getStyler().setXAxisMax(to);
  }

  private static Curve curve(RunTable table, String design, String metric) {
    double[] x = new double[table.rows()];
    double[] y = new double[table.rows()];
    int n = 0;
    for (int row = 0; row < x.length; row++) {
      if (table.text("design", row).equals(design) && table.text("metric", row).equals(metric)) {
        x[n] = table.number("value_ms", row) / MILLIS;
        y[n++] = 100 * table.number("quantile", row);
      }
    }
    return new Curve(Arrays.copyOf(x, n), Arrays.copyOf(y, n)).finite();
  }

  /** The largest of 1, 2, 5 times a power of ten that is not more. */
  private static double niceFloor(double value) {
    double decade = Math.pow(10, Math.floor(Math.log10(value)));
    double digit = value / decade;
    return (digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * decade;
  }

  /** The smallest of 1, 2, 5 times a power of ten that is not less. */
  private static double niceLogCeiling(double value) {
    double floor = niceFloor(value);
    double digit = floor / Math.pow(10, Math.floor(Math.log10(floor) + 1e-9));
    return value <= floor * (1 + 1e-9) ? floor : digit > 1.5 && digit < 3 ? floor * 2.5 : floor * 2;
  }

  /** Decades, and where there is room 2 and 5 times a decade; a blank for the ticks between. */
  private static String logLabel(double value, boolean all) {
    double digit = value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
    boolean decade = Math.abs(digit - 1) < 1e-6;
    boolean between = Math.abs(digit - 2) < 1e-6 || Math.abs(digit - 5) < 1e-6;
    return decade || (all && between) ? Plots.number(value) : " ";
  }
}
