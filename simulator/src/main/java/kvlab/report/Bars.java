package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.knowm.xchart.XYChart;

/**
 * Horizontal stacked bars, one per design, the first on top. XChart's bar charts stack upright only,
 * so bars are polygons of an XY plot: design i fills [n - i - 1, n - i] of the vertical axis.
 */
final class Bars {
  private static final int ROW_HEIGHT = 34;
  private static final int AXIS_HEIGHT = 78;
  private static final double FILL = 0.74;
  private static final int MOST_NAME_WIDTH = 230;
  private static final int NAME_GAP = 10;
  private static final double BASE = 4.5; // from the middle of a line of text to its base line
  private static final int LABEL_PADDING = 6;

  /** A stretch of a bar; the label is left out where the stretch is too short for it. */
  record Segment(double value, Color color, String label) {}

  private final List<String> designs;
  private final List<List<Segment>> rows = new ArrayList<>();
  private final boolean named;
  private final double most;

  /** Bars for these designs on an axis from 0; with the names of the designs or without. */
  Bars(List<String> designs, boolean named, double most) {
    this.designs = designs;
    this.named = named;
    this.most = most;
  }

  /** Adds the bar of the next design. */
  void add(List<Segment> segments) {
    rows.add(List.copyOf(segments));
  }

  /** Pixels that the names take to the left of the bars. */
  int inset() {
    double widest = 0;
    for (String design : designs) {
      widest = Math.max(widest, Math.min(MOST_NAME_WIDTH, Ink.width(design, Ink.LABEL)));
    }
    return named ? (int) Math.ceil(widest) + NAME_GAP - Plots.PADDING : 0;
  }

  /**
   * The finished panel.
   *
   * @param width of the plot, without the names
   * @param labelBehind draws labels after the end of the bar, else inside
   */
  Panel panel(
      String title, int width, String axisTitle, boolean labelBehind, DoubleFunction<String> tick) {
    int n = rows.size();
    XYChart chart = Plots.plot(width, n * ROW_HEIGHT + AXIS_HEIGHT, axisTitle, "");
    chart.getStyler().setYAxisTicksVisible(false);
    chart.getStyler().setPlotGridHorizontalLinesVisible(false);
    chart.getStyler().setPlotGridVerticalLinesVisible(true);
    chart.getStyler().setXAxisTickLabelsFormattingFunction(tick::apply);
    Plots.xRange(chart, 0, most);
    Plots.yRange(chart, 0, n);
    for (int i = 0; i < n; i++) {
      double middle = n - i - 0.5;
      double left = 0;
      int part = 0;
      for (Segment segment : rows.get(i)) {
        double right = left + segment.value();
        Plots.polygon(
            chart,
            i + "/" + part++,
            new double[] {left, right, right, left},
            new double[] {middle - FILL / 2, middle - FILL / 2, middle + FILL / 2, middle + FILL / 2
            },
            segment.color());
        left = right;
      }
    }
    return new Panel(title, Plots.PADDING, chart, inset(), (g, c) -> labels(g, c, labelBehind));
  }

  private void labels(Graphics2D g, XYChart chart, boolean labelBehind) {
    // XChart gives no coordinates on an axis that is shorter than the spacing of horizontal ticks.
    int spacing = chart.getStyler().getXAxisTickMarkSpacingHint();
    chart.getStyler().setXAxisTickMarkSpacingHint(1);
    int n = rows.size();
    double half = FILL / 2 * (chart.getScreenYFromChart(0) - chart.getScreenYFromChart(1));
    g.setStroke(new BasicStroke(1));
    for (int i = 0; i < n; i++) {
      double middle = chart.getScreenYFromChart(n - i - 0.5);
      row(g, chart, rows.get(i), middle, half, labelBehind);
      double zero = chart.getScreenXFromChart(0);
      g.setColor(Ink.AXIS);
      g.draw(new Line2D.Double(zero, middle - half - 4, zero, middle + half + 4));
      if (named) {
        String name = Ink.fit(designs.get(i), Ink.LABEL, MOST_NAME_WIDTH);
        Ink.draw(g, name, Ink.LABEL, Ink.TEXT, zero - NAME_GAP, middle + BASE, 1);
      }
    }
    chart.getStyler().setXAxisTickMarkSpacingHint(spacing);
  }

  private static void row(
      Graphics2D g,
      XYChart chart,
      List<Segment> row,
      double middle,
      double half,
      boolean labelBehind) {
    double from = 0;
    for (Segment segment : row) {
      double left = chart.getScreenXFromChart(from);
      double right = chart.getScreenXFromChart(from + segment.value());
      if (from > 0 && right - left > 2) {
        g.setColor(Color.WHITE);
        g.draw(new Line2D.Double(left, middle - half, left, middle + half));
      }
      if (labelBehind) {
        double x = right + LABEL_PADDING;
        Ink.drawOnWhite(g, segment.label(), Ink.VALUE, Ink.TEXT, x, middle + BASE, 0);
      } else if (Ink.width(segment.label(), Ink.VALUE) + LABEL_PADDING <= right - left) {
        Color ink = Palette.inkOn(segment.color());
        Ink.draw(g, segment.label(), Ink.VALUE, ink, (left + right) / 2, middle + BASE, 0.5);
      }
      from += segment.value();
    }
  }
}
