package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import kvlab.report.RunFiles.Kind;
import org.knowm.xchart.XYChart;

/** Predicted over measured, a point per request, kernel or step; on the line they are equal. */
final class ScatterChart implements Chart {
  private static final int HEIGHT_OVER_WIDTH_PERCENT = 105;
  private static final double BAND = 0.10;
  private static final int TEXT_GAP = 6;
  private static final int CELL_PIXELS =
      2; // further dots of a place would only make the file larger
  private static final BasicStroke LINE = new BasicStroke(1.2f);
  private static final BasicStroke DOTTED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 3}, 0);

  /** What is drawn in one panel. */
  private record Pair(String title, String unit, Curve points) {}

  private final Kind kind;

  private ScatterChart(Kind kind) {
    this.kind = kind;
  }

  /** Of the requests of a recorded run. */
  static ScatterChart ofRequests() {
    return new ScatterChart(Kind.REQUESTS);
  }

  /** Of the kernels of a table of times. */
  static ScatterChart ofOperators() {
    return new ScatterChart(Kind.OPERATORS);
  }

  /** Of batches on a device, those that calibrated nothing. */
  static ScatterChart ofDevice() {
    return new ScatterChart(Kind.DEVICE);
  }

  /** A figure; of a device one for each table, by the name of that. */
  @Override
  public List<Figure> figures(RunFiles run) {
    return switch (kind) {
      case REQUESTS -> List.of(figure("predicted", run));
      case OPERATORS -> List.of(figure("operators", run));
      default ->
        run.deviceTables().stream()
            .map(table -> figure(table.subject().replaceFirst("\\.csv$", ""), table))
            .toList();
    };
  }

  private Figure figure(String name, RunFiles run) {
    List<Pair> pairs = pairs(run.table(kind));
    int columns = Math.min(3, pairs.size());
    return new Figure(
        name,
        "How far is the prediction from the measurement?",
        Charts.subtitle("line: equal, dotted: 10% more and less", run),
        columns,
        pairs.stream()
            .map(pair -> panel(pair, Figure.panelWidth(Math.max(2, columns))))
            .toList(),
        Legend.none());
  }

  private List<Pair> pairs(RunTable table) {
    List<Pair> pairs = new ArrayList<>();
    switch (kind) {
      case REQUESTS -> {
        for (String metric : List.of("ttft", "tpot", "e2e")) {
          double factor = metric.equals("tpot") ? 1e3 : 1;
          pairs.add(new Pair(
              metric.toUpperCase(Locale.ROOT),
              metric.equals("tpot") ? "ms" : "s",
              points(table, metric + "_s", "predicted_" + metric + "_s", factor, row -> true)));
        }
      }
      case OPERATORS -> {
        List<String> operators = table.texts("operator");
        for (String operator : operators) {
          IntPredicate its = row -> table.text("operator", row).equals(operator);
          pairs.add(
              new Pair(operator, "us", points(table, "measured_ns", "corrected_ns", 1e-3, its)));
        }
      }
      default -> {
        IntPredicate heldOut = row -> table.text("use", row).equals("held-out");
        pairs.add(new Pair(
            "held-out batches", "us", points(table, "measured_us", "predicted_us", 1, heldOut)));
      }
    }
    return pairs;
  }

  private static Curve points(
      RunTable table, String measured, String predicted, double factor, IntPredicate rows) {
    return new Curve(column(table, measured, factor, rows), column(table, predicted, factor, rows))
        .finite();
  }

  private static double[] column(RunTable table, String column, double factor, IntPredicate rows) {
    return IntStream.range(0, table.rows())
        .filter(rows)
        .mapToDouble(row -> factor * table.number(column, row))
        .toArray();
  }

  private static Panel panel(Pair pair, int width) {
    int height = width * HEIGHT_OVER_WIDTH_PERCENT / 100;
    XYChart chart = Plots.plot(
        width, height, "measured (" + pair.unit() + ")", "predicted (" + pair.unit() + ")");
    chart.getStyler().setYAxisLeftWidthHint(64);
    Curve points = pair.points();
    double most = 0;
    double least = Double.MAX_VALUE;
    for (double[] values : List.of(points.x(), points.y())) {
      most = Math.max(most, Arrays.stream(values).max().orElse(0));
      double positive = Axes.leastPositive(values);
      least = positive > 0 ? Math.min(least, positive) : least;
    }
    if (points.size() == 0 || most <= 0) {
      Plots.xRange(chart, 0, 1);
      Plots.yRange(chart, 0, 1);
      return Panel.empty(pair.title(), chart, "nothing to show");
    }
    double from = 0;
    double to = Plots.niceCeiling(most);
    if (Axes.differMuch(least, most)) {
      Axes.logarithmicX(chart, least, most);
      Axes.logarithmicY(chart, least, most);
      from = chart.getStyler().getXAxisMin();
      to = chart.getStyler().getXAxisMax();
      points = points.positive();
    } else {
      Plots.xRange(chart, 0, to);
      Plots.yRange(chart, 0, to);
    }
    Plots.dots(chart, "points", points.thinned(from, to, width / CELL_PIXELS));
    double low = from;
    double high = to;
    List<String> errors = errors(points);
    int inset = width > Figure.panelWidth(2) - 1 ? (Figure.ACROSS - width) / 2 : 0;
    return new Panel(pair.title(), 0, chart, inset, (g, c) -> {
      lines(g, c, low, high);
      double x = c.getScreenXFromChart(low) + TEXT_GAP;
      double y = c.getScreenYFromChart(high) + TEXT_GAP + Ink.TICK.getSize();
      for (String line : errors) {
        Ink.drawOnWhite(g, line, Ink.TICK, Ink.TEXT, x, y, 0);
        y += Ink.TICK.getSize() + 4;
      }
    });
  }

  /** The median and the 90th percentile of the errors. */
  private static List<String> errors(Curve points) {
    double[] errors = new double[points.size()];
    Arrays.setAll(errors, i -> 100 * Math.abs(points.y()[i] / points.x()[i] - 1));
    Arrays.sort(errors);
    double half = errors[(errors.length - 1) / 2];
    double most = errors[(int) Math.ceil(0.9 * errors.length) - 1];
    return List.of(
        String.format(Locale.ROOT, "half within %.1f%%", half),
        String.format(Locale.ROOT, "90%% within %.1f%%", most));
  }

  private static void lines(Graphics2D g, XYChart chart, double from, double to) {
    for (double ratio : new double[] {1, 1 - BAND, 1 + BAND}) {
      g.setColor(ratio == 1 ? Ink.AXIS : Ink.FAINT_TEXT);
      g.setStroke(ratio == 1 ? LINE : DOTTED);
      double left = Math.max(from, from / ratio); // where it enters and leaves the square
      double right = Math.min(to, to / ratio);
      g.draw(new Line2D.Double(
          chart.getScreenXFromChart(left),
          chart.getScreenYFromChart(left * ratio),
          chart.getScreenXFromChart(right),
          chart.getScreenYFromChart(right * ratio)));
    }
  }
}
