package kvlab.report;

import java.awt.Graphics2D;
import java.util.function.BiConsumer;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

/**
 * One plot of a figure.
 *
 * @param title above the plot; empty for none
 * @param titleLeft pixels from the left of the chart to its title
 * @param inset pixels to the left of the plot that the overlay draws in, such as names of bars
 * @param overlay draws over the plot, in the pixels of the panel's chart
 */
record Panel(
    String title,
    int titleLeft,
    XYChart chart,
    int inset,
    BiConsumer<Graphics2D, XYChart> overlay) {
  static Panel of(String title, XYChart chart) {
    return new Panel(title, 0, chart, 0, (g, c) -> {});
  }

  /** Room for a panel where a row has fewer. */
  static Panel blank(int width, int height) {
    XYChart chart = Plots.plot(width, height, "", "");
    chart.getStyler().setAxisTicksVisible(false);
    chart.getStyler().setPlotGridLinesVisible(false);
    return of("", chart);
  }

  /** A plot without data, which says so in its middle; its axes have fixed ranges. */
  static Panel empty(String title, XYChart chart, String why) {
    return new Panel(title, 0, chart, 0, (g, c) -> {
      XYStyler style = c.getStyler();
      double x = c.getScreenXFromChart((style.getXAxisMin() + style.getXAxisMax()) / 2);
      double y = c.getScreenYFromChart((style.getYAxisMin() + style.getYAxisMax()) / 2);
      Ink.drawOnWhite(g, why, Ink.LABEL, Ink.FAINT_TEXT, x, y, 0.5);
    });
  }
}
