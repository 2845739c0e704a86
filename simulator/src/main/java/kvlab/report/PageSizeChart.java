package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.knowm.xchart.XYChart;

/** How the length of a page splits the pool: shares over tokens per page, a panel per design. */
final class PageSizeChart implements Chart {
  private static final String OPTION = "page-tokens";
  private static final List<Part> PARTS = List.of(Part.values());
  private static final int HEIGHT = 230;

  @Override
  public List<Figure> figures(RunFiles run) {
    SweepTable sweep = new SweepTable(run);
    if (!sweep.options().contains(OPTION)) {
      return List.of();
    }
    List<String> designs = sweep.designs();
    int across = designs.size() == 1 ? 1 : designs.size() <= 4 ? 2 : 3;
    List<Part> seen = new ArrayList<>();
    List<Panel> panels = new ArrayList<>();
    for (Part part : PARTS) {
      if (designs.stream()
          .flatMapToDouble(
              design -> Arrays.stream(sweep.curve(OPTION, design, part.column()).y()))
          .anyMatch(share -> share >= WasteChart.VISIBLE_PCT)) {
        seen.add(part);
      }
    }
    for (String design : designs) {
      XYChart chart = Plots.plot(Figure.panelWidth(across), HEIGHT, "tokens per page", "");
      chart.getStyler().setYAxisTickLabelsFormattingFunction(v -> Plots.number(v) + " %");
      Plots.yRange(chart, 0, 100);
      DoubleUnaryOperator place = Axes.option(chart, sweep.values(OPTION));
      boolean any = stack(chart, sweep, design, seen, place);
      panels.add(any ? Panel.of(design, chart) : Panel.empty(design, chart, "nothing ran"));
    }
    return List.of(new Figure(
        "page-size",
        "How does the length of a page split the KV pool?",
        Charts.subtitle("time-weighted shares of all slots, " + sweep.others(OPTION), run),
        across,
        panels,
        Legend.ofParts(seen)));
  }

  private static boolean stack(
      XYChart chart, SweepTable sweep, String design, List<Part> parts, DoubleUnaryOperator place) {
    List<Curve> tops = new ArrayList<>();
    List<String> columns = new ArrayList<>();
    for (Part part : parts) {
      columns.add(part.column());
      Curve sum = sweep.sum(OPTION, design, columns);
      double[] x = Arrays.stream(sum.x()).map(place).toArray();
      tops.add(new Curve(x, Arrays.stream(sum.y()).map(y -> Math.min(100, y)).toArray()));
    }
    if (tops.isEmpty() || tops.get(0).size() == 0) {
      return false;
    }
    for (int p = parts.size() - 1; p >= 0; p--) {
      Plots.filled(chart, parts.get(p).label(), tops.get(p), parts.get(p).color());
    }
    return true;
  }
}
