package kvlab.report;

import java.util.List;
import kvlab.report.RunFiles.Kind;
import kvlab.text.Decimals;

/** Output tokens and finished requests per second, one bar per design. */
final class ThroughputChart implements Chart {
  // Room behind the longest bar for its value.
  private static final double HEADROOM = 1.22;

  @Override
  public List<Figure> figures(RunFiles run) {
    Bars tokens = bars(run, "output_tokens_per_s", true);
    Bars requests = bars(run, "requests_per_s", false);
    int width = (Figure.ACROSS - Figure.PANEL_GAP - tokens.inset()) / 2;
    return List.of(new Figure(
        "throughput",
        "How much work gets done per second?",
        Charts.subtitle("mean over the whole run", run),
        2,
        List.of(
            tokens.panel("Output tokens", width, "output tokens/s", true, Plots::number),
            requests.panel("Requests", width, "finished requests/s", true, Plots::number)),
        Legend.none()));
  }

  private static Bars bars(RunFiles run, String column, boolean named) {
    List<String> designs = run.designs(Kind.SUMMARY);
    double most = 0;
    for (String design : designs) {
      most = Math.max(most, WasteChart.first(run.summary().numbers(column, design)));
    }
    Bars bars = new Bars(designs, named, Plots.niceCeiling(most * HEADROOM));
    for (String design : designs) {
      double value = WasteChart.first(run.summary().numbers(column, design));
      bars.add(List.of(new Bars.Segment(value, Palette.of(design).color(), text(value))));
    }
    return bars;
  }

  /** Three significant digits or all of a whole number. */
  private static String text(double value) {
    if (value >= 100) {
      return Plots.number(Math.rint(value));
    }
    if (value >= 10) {
      return Decimals.fixed(value, 1);
    }
    return Decimals.fixed(value, value >= 1 || value == 0 ? 2 : 3);
  }
}
