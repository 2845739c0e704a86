package kvlab.report;

import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;

/** Running and waiting requests over time, one line per design. */
final class ConcurrencyChart implements Chart {
  private static final int HEIGHT = 280;
  // Lines are almost two pixels wide; finer detail only makes the file larger.
  private static final int PIXELS_PER_STRETCH = 2;
  private static final double HEADROOM = 1.04;

  @Override
  public Figure figure(RunFiles run) {
    int width = Figure.panelWidth(1);
    return new Figure(
        "How many requests run at once, and how many wait?",
        Charts.subtitle("means over time bins", run),
        1,
        List.of(
            panel("Running", "running requests", run, 0, width),
            panel("Waiting", "waiting requests", run, 1, width)),
        Legend.ofDesigns(run.designs()));
  }

  private static Panel panel(String title, String axisTitle, RunFiles run, int value, int width) {
    List<String> designs = run.designs();
    List<Curve> curves = new ArrayList<>();
    double end = 0;
    double most = 0;
    for (String design : designs) {
      Bins bins = Bins.of(run.timeseries(), design, List.of("running", "waiting"));
      Curve curve = bins.middles(value);
      curves.add(curve);
      end = Math.max(end, bins.end());
      for (double y : curve.y()) {
        most = Math.max(most, y);
      }
    }
    TimeAxis axis = TimeAxis.upTo(end);
    XYChart chart = Plots.plot(width, HEIGHT, axis.title(), axisTitle);
    chart.getStyler().setYAxisLeftWidthHint(70);
    Plots.xRange(chart, 0, end > 0 ? axis.of(end) : 1);
    Plots.yRange(chart, 0, Plots.niceCeiling(most * HEADROOM));
    boolean any = false;
    for (int i = 0; i < designs.size(); i++) {
      Curve inUnits = new Curve(axis.of(curves.get(i).x()), curves.get(i).y());
      Plots.line(
          chart, designs.get(i), inUnits.decimated(width / PIXELS_PER_STRETCH), i, designs.size());
      any |= inUnits.size() > 0;
    }
    return any ? Panel.of(title, chart) : Panel.empty(title, chart, "nothing ran");
  }
}
