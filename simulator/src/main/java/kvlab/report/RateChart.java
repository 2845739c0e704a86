package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;

/**
 * Latency over throughput, a line per design through the rates of a sweep: flat while a server keeps up,
 * then upright.
 */
final class RateChart implements Chart {
  private static final String OPTION = "rate-scale";
  private static final int HEIGHT = 300;
  private static final double HEADROOM = 1.04;

  @Override
  public List<Figure> figures(RunFiles run) {
    SweepTable sweep = new SweepTable(run);
    if (!sweep.options().contains(OPTION)) {
      return List.of();
    }
    return List.of(new Figure(
        "throughput-latency",
        "What does more throughput cost in latency?",
        Charts.subtitle("a point per rate, " + sweep.others(OPTION), run),
        2,
        List.of(
            panel(
                "Time to first token (TTFT), 99th percentile",
                "ttft_p99_ms",
                1e-3,
                "seconds",
                sweep),
            panel("Time per output token (TPOT), 99th percentile", "tpot_p99_ms", 1, "ms", sweep),
            panel("End-to-end latency, median", "e2e_p50_ms", 1e-3, "seconds", sweep),
            panel(
                "Normalised latency, mean",
                "normalized_latency_mean_ms",
                1,
                "ms per output token",
                sweep)),
        Legend.ofDesigns(sweep.designs())));
  }

  private static Panel panel(
      String title, String column, double factor, String unit, SweepTable sweep) {
    XYChart chart = Plots.plot(Figure.panelWidth(2), HEIGHT, "output tokens/s", unit);
    chart.getStyler().setYAxisLeftWidthHint(70);
    List<Curve> curves = new ArrayList<>();
    double furthest = 0;
    double least = Double.MAX_VALUE;
    double most = 0;
    for (String design : sweep.designs()) {
      Curve latency = sweep.curve(OPTION, design, column);
      Curve tokens = sweep.curve(OPTION, design, "output_tokens_per_s");
      Curve curve = new Curve(new double[0], new double[0]);
      if (latency.size() == tokens.size()) {
        curve = new Curve(
            tokens.y(), Arrays.stream(latency.y()).map(y -> y * factor).toArray());
      }
      curves.add(curve);
      furthest = Math.max(furthest, Arrays.stream(curve.x()).max().orElse(0));
      least = Math.min(least, Axes.leastPositive(curve.y()));
      most = Math.max(most, Arrays.stream(curve.y()).max().orElse(0));
    }
    Plots.xRange(chart, 0, Plots.niceCeiling(furthest * HEADROOM));
    if (most == 0) {
      Plots.yRange(chart, 0, 1);
      return Panel.empty(title, chart, "nothing to show");
    }
    if (Axes.differMuch(least, most)) {
      Axes.logarithmicY(chart, least, most);
    } else {
      Plots.yRange(chart, 0, Plots.niceCeiling(most * HEADROOM));
    }
    for (int i = 0; i < curves.size(); i++) {
      Plots.measured(chart, sweep.designs().get(i), curves.get(i), i, curves.size());
    }
    return Panel.of(title, chart);
  }
}
