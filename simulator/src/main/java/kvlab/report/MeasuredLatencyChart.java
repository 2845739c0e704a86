package kvlab.report;

import java.util.Arrays;
import java.util.List;
import kvlab.report.RunFiles.Kind;

/** Latencies of a recorded run and of its replay, and below what the replay is off by. */
final class MeasuredLatencyChart implements Chart {
  private static final String[][] SERIES = {
    {"ttft_s", "TTFT (s)"}, {"tpot_s", "TPOT (ms)"}, {"e2e_s", "E2E (s)"}
  };

  @Override
  public List<Figure> figures(RunFiles run) {
    RunTable table = run.table(Kind.REQUESTS);
    Both both = new Both("share of requests (%)");
    for (String[] one : SERIES) {
      double scale = one[0].startsWith("tpot") ? 1e3 : 1;
      both.add(
          one[1],
          quantiles(table.numbers(one[0]), scale),
          quantiles(table.numbers("predicted_" + one[0]), scale));
    }
    return List.of(new Figure(
        "measured-latency",
        "Are requests served as fast as on the GPU?",
        Charts.subtitle(
            "latency that a share of the requests stays below · below: predicted less measured",
            run),
        both.columns(),
        both.panels(),
        Legend.ofDesigns(Both.NAMES)));
  }

  private static Curve quantiles(double[] values, double scale) {
    double[] sorted = Arrays.stream(values).map(v -> v * scale).sorted().toArray();
    double[] share = new double[sorted.length];
    Arrays.setAll(share, i -> 100.0 * (i + 0.5) / sorted.length);
    return new Curve(share, sorted);
  }
}
