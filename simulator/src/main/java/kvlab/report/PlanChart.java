package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvlab.report.RunFiles.Kind;
import org.knowm.xchart.XYChart;

/** The figures that an objective bounds over the rate of one server, with the bounds. */
final class PlanChart implements Chart {
  private static final String BOUND = "_bound";
  private static final Pattern METRIC = Pattern.compile("ttft|tpot|itl|e2e");
  private static final int HEIGHT = 300;
  private static final double BEYOND_HELD = 1.5; // rates that are shown, over the highest that held
  private static final BasicStroke DASHED = new BasicStroke(
      1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {6, 4}, 0);

  @Override
  public List<Figure> figures(RunFiles run) {
    RunTable trials = run.table(Kind.TRIALS);
    List<String> bounded = trials.columnNames().stream()
        .filter(column -> trials.has(column + BOUND))
        .toList();
    double to = 0;
    double highest = 0;
    for (int row = 0; row < trials.rows(); row++) {
      if (trials.number("servers", row) == 1) {
        double rate = trials.number("requests_per_s", row);
        highest = Math.max(highest, rate);
        to = trials.text("held", row).equals("yes") ? Math.max(to, rate) : to;
      }
    }
    double end = Math.min(highest, to == 0 ? highest : to * BEYOND_HELD);
    List<String> designs = run.designs(Kind.TRIALS);
    List<Panel> panels =
        bounded.stream().map(column -> panel(trials, column, designs, end)).toList();
    return List.of(new Figure(
        "plan",
        "What rate does one server hold?",
        Charts.subtitle("a point per replay, dashed: the objective", run),
        panels.size() == 1 ? 1 : 2,
        panels,
        Legend.ofDesigns(designs)));
  }

  private static Panel panel(RunTable trials, String column, List<String> designs, double end) {
    boolean percent = column.endsWith("_pct");
    boolean seconds = !percent && trials.number(column + BOUND, 0) >= 1000;
    double factor = seconds ? 1e-3 : 1;
    double bound = trials.number(column + BOUND, 0) * factor;
    List<Curve> curves = new ArrayList<>();
    double least = bound;
    double most = bound;
    for (String design : designs) {
      Curve curve = curve(trials, column, factor, design, end);
      curves.add(curve);
      for (double y : curve.y()) {
        least = y > 0 ? Math.min(least, y) : least;
        most = Math.max(most, y);
      }
    }
    XYChart chart = Plots.plot(
        Figure.panelWidth(2),
        HEIGHT,
        "requests/s",
        percent ? "requests (%)" : seconds ? "seconds" : "ms");
    chart.getStyler().setYAxisLeftWidthHint(70);
    Plots.xRange(chart, 0, end > 0 ? end : 1);
    if (!percent && Axes.differMuch(least, most)) {
      Axes.logarithmicY(chart, least, most);
    } else {
      Plots.yRange(chart, 0, percent && most > 50 ? 100 : Plots.niceCeiling(most));
    }
    for (int i = 0; i < designs.size(); i++) {
      Plots.measured(chart, designs.get(i), curves.get(i), i, designs.size());
    }
    return new Panel(title(column), 0, chart, 0, (g, c) -> bound(g, c, bound, end));
  }

  /** {@code ttft_p99_ms} as TTFT p99. */
  private static String title(String column) {
    String words = column.replaceFirst("_(ms|pct)$", "").replace('_', ' ');
    Matcher metric = METRIC.matcher(words);
    return metric.lookingAt()
        ? metric.group().toUpperCase(Locale.ROOT) + words.substring(metric.end())
        : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  private static void bound(Graphics2D g, XYChart chart, double bound, double end) {
    double y = chart.getScreenYFromChart(bound);
    g.setColor(Ink.FAINT_TEXT);
    g.setStroke(DASHED);
    g.draw(new Line2D.Double(chart.getScreenXFromChart(0), y, chart.getScreenXFromChart(end), y));
  }

  private static Curve curve(
      RunTable trials, String column, double factor, String design, double end) {
    List<double[]> points = new ArrayList<>();
    for (int row = 0; row < trials.rows(); row++) {
      double rate = trials.number("requests_per_s", row);
      if (trials.text("design", row).equals(design)
          && trials.number("servers", row) == 1
          && rate <= end) {
        points.add(new double[] {rate, factor * trials.number(column, row)});
      }
    }
    points.sort(Comparator.comparingDouble(point -> point[0]));
    return new Curve(
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray())
        .finite();
  }
}
