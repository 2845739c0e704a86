package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import kvlab.text.Decimals;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Plots in the house style: white, no frame, light grid, no title or legend of their own. */
final class Plots {
  /** Pixels around a plot: room for half of a tick label, which XChart drops where it has none. */
  static final int PADDING = 18;

  private static final int X_TICK_SPACING = 80;
  private static final int Y_TICK_SPACING = 32;
  private static final int MOST_MARKERS = 24; // on one line
  private static final Color DOT = new Color(0x00, 0x72, 0xB2, 0x70);
  private static final int DOT_SIZE = 5;
  private static final char THIN_SPACE = '\u2009';
  private static final BasicStroke HAIRLINE = new BasicStroke(0.8f);
  private static final BasicStroke FINE =
      new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);
  // Ticks that lie exactly on the end of an axis are dropped; an axis is longer by this share.
  private static final double BEYOND_END = 1e-4;

  private static final double NO_HALF = 0.499; // from a whole number; halves are left to the format

  private Plots() {}

  /** An empty plot; an axis title may be empty. */
  static XYChart plot(int width, int height, String xTitle, String yTitle) {
    XYChart chart = new XYChart(width, height);
    chart.setXAxisTitle(xTitle);
    chart.setYAxisTitle(yTitle);
    XYStyler style = chart.getStyler();
    style.setLocale(Locale.ROOT);
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setChartTitleVisible(false);
    style.setLegendVisible(false);
    style.setChartPadding(PADDING);
    style.setPlotMargin(0);
    style.setPlotContentSize(1);
    style.setChartFontColor(Ink.TEXT);
    style.setAxisTitleFont(Ink.LABEL);
    style.setAxisTickLabelsFont(Ink.TICK);
    style.setAxisTickLabelsColor(Ink.TEXT);
    style.setAxisTickMarksColor(Ink.AXIS);
    style.setAxisTickMarksStroke(HAIRLINE);
    style.setAxisTickMarkLength(4);
    style.setXAxisTitleVisible(!xTitle.isEmpty());
    style.setYAxisTitleVisible(!yTitle.isEmpty());
    style.setPlotGridVerticalLinesVisible(false);
    style.setPlotGridLinesColor(Ink.GRID);
    style.setPlotGridLinesStroke(HAIRLINE);
    style.setXAxisTickMarkSpacingHint(X_TICK_SPACING);
    style.setYAxisTickMarkSpacingHint(Y_TICK_SPACING);
    style.setXAxisTickLabelsFormattingFunction(Plots::number);
    style.setYAxisTickLabelsFormattingFunction(Plots::number);
    style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
    style.setMarkerSize(Legend.MARKER_SIZE);
    return chart;
  }

  /** Fixes the horizontal axis. */
  static void xRange(XYChart chart, double from, double to) {
    double beyond = (to - from) * BEYOND_END;
    chart.getStyler().setXAxisMin(from - beyond);
    chart.getStyler().setXAxisMax(to + beyond);
  }

  /** Fixes the vertical axis. */
  static void yRange(XYChart chart, double from, double to) {
    double beyond = (to - from) * BEYOND_END;
    chart.getStyler().setYAxisMin(from - beyond);
    chart.getStyler().setYAxisMax(to + beyond);
  }

  /**
   * A line in the look of a design, with a few markers beside those of other designs; a single point
   * is a marker.
   */
  static void line(XYChart chart, String design, Curve curve, int order, int of) {
    if (curve.size() == 0) {
      return;
    }
    Palette.Look look = Palette.of(design);
    if (curve.size() > 1) {
      XYSeries line = chart.addSeries(design, curve.x(), curve.y());
      // XChart draws a smooth line as one path; segments would each restart the dash.
      line.setSmooth(true);
      line.setLineColor(look.color());
      line.setLineStyle(look.stroke());
      line.setMarker(SeriesMarkers.NONE);
    }
    Curve sparse = curve.sparse(order, of, chart.getStyler().isXAxisLogarithmic());
    XYSeries markers = chart.addSeries(design + " markers", sparse.x(), sparse.y());
    markers.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    markers.setMarker(look.marker());
    markers.setMarkerColor(look.color());
  }

  /** A line in the look of a design with a marker on each point, as far as there is room for them. */
  static void measured(XYChart chart, String design, Curve curve, int order, int of) {
    if (curve.size() > MOST_MARKERS) {
      line(chart, design, curve, order, of);
    } else if (curve.size() > 0) {
      Palette.Look look = Palette.of(design);
      Curve points = curve.offTheGrid();
      XYSeries line = chart.addSeries(design, points.x(), points.y());
      line.setLineColor(look.color());
      line.setLineStyle(look.stroke());
      line.setMarker(look.marker());
      line.setMarkerColor(look.color());
    }
  }

  /** Points without a line, light enough to show where they crowd. */
  static void dots(XYChart chart, String name, Curve points) {
    XYSeries dots = chart.addSeries(name, points.x(), points.y());
    dots.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    dots.setMarker(SeriesMarkers.CIRCLE);
    dots.setMarkerColor(DOT);
    chart.getStyler().setMarkerSize(DOT_SIZE);
  }

  /** What is below a line, without the line. */
  static void filled(XYChart chart, String name, Curve curve, Color fill) {
    Curve points = curve.offTheGrid();
    XYSeries area = chart.addSeries(name, points.x(), points.y());
    area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area);
    area.setFillColor(fill);
    area.setLineStyle(SeriesLines.NONE);
    area.setMarker(SeriesMarkers.NONE);
  }

  /** A line and what is below it, in the shade of the line. */
  static void area(XYChart chart, String name, Curve curve, Color color) {
    XYSeries area = chart.addSeries(name, curve.x(), curve.y());
    area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Area);
    area.setSmooth(true); // one path, as of a line
    area.setLineColor(color);
    area.setLineStyle(FINE);
    area.setFillColor(Palette.paler(color));
    area.setMarker(SeriesMarkers.NONE);
  }

  /** A filled closed outline. */
  static void polygon(XYChart chart, String name, double[] x, double[] y, Color fill) {
    XYSeries area = chart.addSeries(name, x, y);
    area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
    area.setFillColor(fill);
    area.setLineStyle(SeriesLines.NONE);
    area.setMarker(SeriesMarkers.NONE);
  }

  /** The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not less. */
  static double niceCeiling(double value) {
    if (!(value > 0)) {
      return 1;
    }
    double decade = Math.pow(10, Math.floor(Math.log10(value)));
    for (double step : new double[] {1, 1.5, 2, 3, 4, 5, 6, 8}) {
      if (step * decade >= value * (1 - 1e-9)) {
        return step * decade;
      }
    }
    return 10 * decade;
  }

  private static String withoutZeros(String decimals) {
    int end = decimals.length();
    while (decimals.charAt(end - 1) == '0') {
      end--;
    }
    end = decimals.charAt(end - 1) == '.' ? end - 1 : end;
    return decimals.substring(0, end);
  }

  /**
   * A number as on axes: no trailing zeros, thousands apart from 10 000 on. The thin space has no
   * descender, by which XChart would lift the label over its neighbours.
   */
  static String number(double value) {
    double size = Math.abs(value);
    boolean small = size < 10_000;
    double scaled = small ? size * 1e4 : size;
    if (Math.abs(scaled - Math.rint(scaled)) < NO_HALF) {
      return (value < 0 ? "-" : "")
          + (small
              ? withoutZeros(Decimals.fixed(size, 4))
              : Decimals.grouped(size, 0).replace(',', THIN_SPACE));
    }
    String pattern = small ? "0.####" : "#,##0";
    DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
    symbols.setGroupingSeparator(THIN_SPACE);
    return new DecimalFormat(pattern, symbols).format(value == 0 ? 0 : value);
  }
}
