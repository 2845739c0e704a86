package kvlab.report;

import java.util.ArrayList;
import java.util.List;
import kvlab.report.RunFiles.Kind;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The shares of the KV pool over time, one panel per design on equal axes. */
final class PoolChart implements Chart {
  private static final List<Part> PARTS = List.of(Part.values());
  private static final int FEW_DESIGNS = 6;
  private static final int SINGLE_HEIGHT = 380;
  private static final int HEIGHT = 210;
  private static final int PIXELS_PER_BIN = 2;

  @Override
  public List<Figure> figures(RunFiles run) {
    List<String> designs = run.designs(Kind.TIMESERIES);
    List<String> columns = PARTS.stream().map(Part::column).toList();
    List<Bins> all = designs.stream()
        .map(design -> Bins.of(run.timeseries(), design, columns))
        .toList();
    List<Part> seen = new ArrayList<>();
    for (Part part : PARTS) {
      if (all.stream().anyMatch(b -> b.highest(PARTS.indexOf(part)) >= WasteChart.VISIBLE_PCT)) {
        seen.add(part);
      }
    }
    Spans spans = new Spans(all.stream().mapToDouble(Bins::end).toArray());
    int across = designs.size() == 1 ? 1 : designs.size() <= FEW_DESIGNS ? 2 : 3;
    int width = Figure.panelWidth(across);
    List<Panel> panels = new ArrayList<>();
    for (int i = 0; i < designs.size(); i++) {
      TimeAxis axis = TimeAxis.upTo(spans.end(i));
      int height = across == 1 ? SINGLE_HEIGHT : HEIGHT;
      XYChart chart = Plots.plot(width, height, axis.title(), "");
      chart.getStyler().setYAxisTickLabelsFormattingFunction(v -> Plots.number(v) + " %");
      Plots.yRange(chart, 0, 100);
      Plots.xRange(chart, 0, axis.of(spans.end(i)));
      Bins bins = all.get(i).merged(width / PIXELS_PER_BIN);
      String title = spans.title(i, designs.get(i));
      if (bins.size() == 0) {
        panels.add(Panel.empty(title, chart, "nothing ran"));
      } else {
        stack(chart, bins, seen, axis);
        panels.add(Panel.of(title, chart));
      }
    }
    return List.of(new Figure(
        "pool-over-time",
        "What fills the KV pool over time?",
        Charts.subtitle("shares of all slots", run),
        across,
        panels,
        Legend.ofParts(seen)));
  }

  /** Cumulative areas from the highest to the lowest, each over the one before it. */
  private static void stack(XYChart chart, Bins bins, List<Part> parts, TimeAxis axis) {
    int n = bins.size();
    double[] x = new double[n + 1];
    double[][] tops = new double[parts.size()][n + 1];
    for (int i = 0; i <= n; i++) {
      x[i] = axis.of(i < n ? bins.start(i) : bins.end());
      double top = 0;
      for (int p = 0; p < parts.size(); p++) {
        double share = bins.value(PARTS.indexOf(parts.get(p)), Math.min(i, n - 1));
        top += Double.isFinite(share) ? share : 0;
        tops[p][i] = Math.min(100, top);
      }
    }
    for (int p = parts.size() - 1; p >= 0; p--) {
      XYSeries area = chart.addSeries(parts.get(p).label(), x, tops[p]);
      area.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
      area.setFillColor(parts.get(p).color());
      area.setLineStyle(SeriesLines.NONE);
      area.setMarker(SeriesMarkers.NONE);
    }
  }
}
