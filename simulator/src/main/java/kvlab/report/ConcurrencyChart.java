package kvlab.report;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kvlab.report.RunFiles.Kind;
import org.knowm.xchart.XYChart;

/**
 * Running and waiting requests over time. A few designs that end at about the same time are lines of two
 * common plots; more would hide one another, and long runs squeeze short ones, so they get a pair of plots
 * each, on equal vertical axes.
 */
final class ConcurrencyChart implements Chart {
  private static final List<String> COLUMNS = List.of("running", "waiting");
  private static final int MOST_LINES = 8;
  private static final int HEIGHT = 280;
  private static final int SMALL_HEIGHT = 150;
  private static final int SMALL_COLUMNS = 3;
  // Lines are almost two pixels wide; finer detail only makes the file larger.
  private static final int PIXELS_PER_STRETCH = 2;
  private static final double HEADROOM = 1.04;

  @Override
  public List<Figure> figures(RunFiles run) {
    List<String> designs = run.designs(Kind.TIMESERIES);
    List<Bins> bins = designs.stream()
        .map(design -> Bins.of(run.timeseries(), design, COLUMNS))
        .toList();
    Spans spans = new Spans(bins.stream().mapToDouble(Bins::end).toArray());
    boolean together = designs.size() <= MOST_LINES && spans.areEven();
    return List.of(new Figure(
        "concurrency",
        "How many requests run at once, and how many wait?",
        Charts.subtitle(subtitle(designs, together), run),
        together ? 1 : SMALL_COLUMNS,
        together ? lines(designs, bins, spans) : small(designs, bins, spans),
        together && designs.size() > 1 ? Legend.ofDesigns(designs) : Legend.none()));
  }

  private static String subtitle(List<String> designs, boolean together) {
    if (designs.size() == 1) {
      return designs.get(0) + ", means over time bins"; // there is no legend to name it
    }
    return (together ? "" : "running above, waiting below, ") + "means over time bins";
  }

  private static double most(List<Bins> bins, int value) {
    double most = bins.stream().mapToDouble(b -> b.highest(value)).max().orElse(0);
    return Plots.niceCeiling(most * HEADROOM);
  }

  private static List<Panel> lines(List<String> designs, List<Bins> bins, Spans spans) {
    int width = Figure.panelWidth(1);
    List<Panel> panels = new ArrayList<>();
    for (int value = 0; value < COLUMNS.size(); value++) {
      String name = COLUMNS.get(value);
      TimeAxis axis = TimeAxis.upTo(spans.end(0));
      XYChart chart = Plots.plot(width, HEIGHT, axis.title(), name + " requests");
      chart.getStyler().setYAxisLeftWidthHint(70);
      Plots.xRange(chart, 0, axis.of(spans.end(0)));
      Plots.yRange(chart, 0, most(bins, value));
      boolean any = false;
      for (int i = 0; i < designs.size(); i++) {
        Curve curve = curve(bins.get(i), value, axis, width);
        if (designs.size() == 1 && curve.size() > 0) {
          Plots.area(chart, designs.get(i), curve, Palette.of(designs.get(i)).color());
        } else {
          Plots.line(chart, designs.get(i), curve, i, designs.size());
        }
        any |= curve.size() > 0;
      }
      String title = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
      panels.add(any ? Panel.of(title, chart) : Panel.empty(title, chart, "nothing ran"));
    }
    return panels;
  }

  /** Rows of running requests, each with a row of waiting ones below it. */
  private static List<Panel> small(List<String> designs, List<Bins> bins, Spans spans) {
    List<Panel> panels = new ArrayList<>();
    for (int from = 0; from < designs.size(); from += SMALL_COLUMNS) {
      for (int value = 0; value < COLUMNS.size(); value++) {
        for (int i = from; i < from + SMALL_COLUMNS; i++) {
          panels.add(
              i < designs.size()
                  ? small(designs.get(i), bins.get(i), value, most(bins, value), spans, i)
                  : Panel.blank(Figure.panelWidth(SMALL_COLUMNS), SMALL_HEIGHT));
        }
      }
    }
    return panels;
  }

  private static Panel small(
      String design, Bins bins, int value, double most, Spans spans, int run) {
    int width = Figure.panelWidth(SMALL_COLUMNS);
    boolean below = value == 1;
    TimeAxis axis = TimeAxis.upTo(spans.end(run));
    XYChart chart = Plots.plot(width, SMALL_HEIGHT, below ? axis.title() : "", "");
    chart.getStyler().setYAxisLeftWidthHint(52);
    Plots.xRange(chart, 0, axis.of(spans.end(run)));
    Plots.yRange(chart, 0, most);
    String title = below ? "" : spans.title(run, design);
    Curve curve = curve(bins, value, axis, width / 2); // small plots, of which there are many
    if (curve.size() == 0) {
      return Panel.empty(title, chart, "nothing ran");
    }
    Color color = Palette.of(design).color();
    Plots.area(chart, design, curve, color);
    double highest = Arrays.stream(curve.y()).max().orElse(0);
    String label = "most " + Plots.number(Math.rint(highest));
    return new Panel(
        title,
        0,
        chart,
        0,
        (g, c) -> Ink.drawOnWhite(
            g,
            label,
            Ink.TICK,
            Ink.FAINT_TEXT,
            width - Plots.PADDING,
            Plots.PADDING + Ink.TICK.getSize(),
            1));
  }

  private static Curve curve(Bins bins, int value, TimeAxis axis, int width) {
    Curve middles = bins.middles(value);
    return new Curve(axis.of(middles.x()), middles.y()).decimated(width / PIXELS_PER_STRETCH);
  }
}
