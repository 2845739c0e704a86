package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;

/** What a varied option of a sweep does, a line per design; a figure for each option that is a number. */
final class SweepChart implements Chart {
  private static final int HEIGHT = 230;
  private static final double HEADROOM = 1.04;
  private static final List<String> WASTE = Stream.of(
          Part.RESERVED, Part.INTERNAL, Part.ROUNDING, Part.EXTERNAL)
      .map(Part::column)
      .toList();

  @Override
  public List<Figure> figures(RunFiles run) {
    SweepTable sweep = new SweepTable(run);
    return sweep.options().stream().map(option -> figure(sweep, option, run)).toList();
  }

  private static Figure figure(SweepTable sweep, String option, RunFiles run) {
    return new Figure(
        "sweep-" + option,
        "What does " + option + " change?",
        Charts.subtitle(sweep.others(option), run),
        2,
        List.of(
            panel(
                "Live KV",
                "share of the pool (%)",
                sweep,
                option,
                1,
                column(sweep, option, "live_pct")),
            panel(
                "Reserved, internal, rounding, external",
                "share of the pool (%)",
                sweep,
                option,
                1,
                design -> sweep.sum(option, design, WASTE)),
            panel(
                "Running, mean",
                "requests",
                sweep,
                option,
                1,
                column(sweep, option, "running_mean")),
            panel(
                "Output",
                "tokens/s",
                sweep,
                option,
                1,
                column(sweep, option, "output_tokens_per_s")),
            panel(
                "TTFT, 99th percentile",
                "seconds",
                sweep,
                option,
                1e-3,
                column(sweep, option, "ttft_p99_ms")),
            panel("Preemptions", "number", sweep, option, 1, column(sweep, option, "preemptions"))),
        Legend.ofDesigns(sweep.designs()));
  }

  private static Function<String, Curve> column(SweepTable sweep, String option, String column) {
    return design -> sweep.curve(option, design, column);
  }

  private static Panel panel(
      String title,
      String axis,
      SweepTable sweep,
      String option,
      double factor,
      Function<String, Curve> curveOf) {
    List<String> designs = sweep.designs();
    List<Curve> curves = new ArrayList<>();
    double most = 0;
    for (String design : designs) {
      Curve raw = curveOf.apply(design);
      Curve curve =
          new Curve(raw.x(), Arrays.stream(raw.y()).map(y -> y * factor).toArray());
      curves.add(curve);
      most = Math.max(most, Arrays.stream(curve.y()).max().orElse(0));
    }
    XYChart chart = Plots.plot(Figure.panelWidth(2), HEIGHT, option, axis);
    chart.getStyler().setYAxisLeftWidthHint(70);
    Plots.yRange(chart, 0, Plots.niceCeiling(most * HEADROOM));
    DoubleUnaryOperator place = Axes.option(chart, sweep.values(option));
    boolean any = false;
    for (int i = 0; i < designs.size(); i++) {
      Curve curve = curves.get(i);
      double[] x = Arrays.stream(curve.x()).map(place).toArray();
      Plots.measured(chart, designs.get(i), new Curve(x, curve.y()), i, designs.size());
      any |= curve.size() > 0;
    }
    return any ? Panel.of(title, chart) : Panel.empty(title, chart, "nothing to show");
  }
}
