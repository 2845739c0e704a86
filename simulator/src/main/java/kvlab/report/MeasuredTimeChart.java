package kvlab.report;

import java.util.Arrays;
import java.util.List;
import kvlab.report.RunFiles.Kind;

/** A recorded run and its replay over time, and below what the replay is off by. */
final class MeasuredTimeChart implements Chart {
  private static final String[][] SERIES = {
    {"running", "Running requests"}, {"waiting", "Waiting requests"}, {"kv_percent", "KV use (%)"}
  };

  @Override
  public List<Figure> figures(RunFiles run) {
    RunTable table = run.table(Kind.LOG);
    if (table.rows() < 2) {
      return List.of();
    }
    Both both = new Both("time (s)");
    double[] t = table.numbers("t_s");
    for (String[] one : SERIES) {
      Curve measured = new Curve(t, table.numbers(one[0]));
      if (Arrays.stream(measured.y()).anyMatch(y -> y != 0)) { // else it was not recorded
        both.add(one[1], measured, new Curve(t, table.numbers("predicted_" + one[0])));
      }
    }
    return List.of(new Figure(
        "measured-over-time",
        "Does the replay run and wait as the GPU did?",
        Charts.subtitle("vLLM's log line of every second · below: predicted less measured", run),
        both.columns(),
        both.panels(),
        Legend.ofDesigns(Both.NAMES)));
  }
}
