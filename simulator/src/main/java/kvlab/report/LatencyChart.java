package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvlab.report.RunFiles.Kind;
import org.knowm.xchart.XYChart;

/** The distributions of time to first token and of end-to-end latency, one line per design. */
final class LatencyChart implements Chart {
  private static final int HEIGHT = 360;
  private static final double MILLIS = 1000;

  @Override
  public List<Figure> figures(RunFiles run) {
    return List.of(new Figure(
        "latency",
        "How long do requests wait for their first and their last token?",
        Charts.subtitle("share of finished requests that took at most so long", run),
        2,
        List.of(
            panel("Time to first token (TTFT)", "TTFT", "ttft", run),
            panel("End-to-end latency (E2E)", "E2E latency", "e2e", run)),
        Legend.ofDesigns(run.designs(Kind.DISTRIBUTIONS))));
  }

  private static Panel panel(String title, String axisTitle, String metric, RunFiles run) {
    int width = Figure.panelWidth(2);
    List<String> designs = run.designs(Kind.DISTRIBUTIONS);
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
    boolean log = Axes.differMuch(least, most);
    if (log) {
      Axes.logarithmicX(chart, least, most);
    } else {
      Plots.xRange(chart, 0, Plots.niceCeiling(most));
    }
    for (int i = 0; i < designs.size(); i++) {
      Curve curve = log ? curves.get(i).positive() : curves.get(i);
      Plots.line(chart, designs.get(i), curve, i, designs.size());
    }
    return Panel.of(title, chart);
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
}
