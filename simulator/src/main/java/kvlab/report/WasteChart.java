package kvlab.report;

import java.util.ArrayList;
import java.util.List;
import kvlab.report.RunFiles.Kind;
import kvlab.text.Decimals;

/** The time-weighted shares of the KV pool, one bar per design. */
final class WasteChart implements Chart {
  // A part that rounds to 0.0 in every design is not in the legend.
  static final double VISIBLE_PCT = 0.05;

  @Override
  public List<Figure> figures(RunFiles run) {
    RunTable summary = run.summary();
    List<String> designs = run.designs(Kind.SUMMARY);
    Bars bars = new Bars(designs, true, 100);
    List<Part> seen = new ArrayList<>();
    for (Part part : Part.values()) {
      for (int row = 0; row < summary.rows(); row++) {
        if (summary.number(part.column(), row) >= VISIBLE_PCT) {
          seen.add(part);
          break;
        }
      }
    }
    for (String design : designs) {
      List<Bars.Segment> bar = new ArrayList<>();
      for (Part part : Part.values()) {
        double share = first(summary.numbers(part.column(), design));
        if (share > 0) {
          bar.add(new Bars.Segment(share, part.color(), Decimals.fixed(share, 1)));
        }
      }
      bars.add(bar);
    }
    return List.of(new Figure(
        "waste",
        "How much of the KV pool holds live tokens?",
        Charts.subtitle("time-weighted shares of all slots", run),
        1,
        List.of(bars.panel(
            "", Figure.ACROSS - bars.inset(), "share of the KV pool (%)", false, Plots::number)),
        Legend.ofParts(seen)));
  }

  /** The first of the numbers, 0 for none. */
  static double first(double[] numbers) {
    return numbers.length == 0 || !Double.isFinite(numbers[0]) ? 0 : numbers[0];
  }
}
