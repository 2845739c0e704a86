package kvlab.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import kvlab.metrics.Row;

/**
 * One replay and whether it held the objective.
 *
 * @param servers that shared the trace
 * @param rateScale by how much the file's arrivals were sped up
 * @param ratePerSecond requests that arrived per second, without those longer than the model takes
 * @param checks the bounds and what the replay came to
 * @param summary the row that {@code summary.csv} would have of it
 */
public record Trial(
    String design,
    int servers,
    double rateScale,
    double ratePerSecond,
    List<Slo.Check> checks,
    Load load,
    Map<String, String> summary) {
  private static final List<String> SHOWN = List.of(
      "running_mean",
      "running_max",
      "waiting_mean",
      "live_pct",
      "preemptions",
      "output_tokens_per_s",
      "makespan_s",
      "gpu_hours");

  public boolean held() {
    return checks.stream().allMatch(Slo.Check::isMet);
  }

  /** The bound that is missed by most, or met by least. */
  Slo.Check worst() {
    return checks.stream()
        .max(Comparator.comparing((Slo.Check check) -> !check.isMet())
            .thenComparingDouble(Slo.Check::excess))
        .orElseThrow();
  }

  /** A cell of the summary as a number. */
  double number(String column) {
    String cell = summary.get(column);
    if (cell == null || cell.isEmpty()) {
      throw new IllegalStateException("the summary has no " + column);
    }
    return Double.parseDouble(cell);
  }

  /** Its line in the table of trials. */
  Row row() {
    Row row = new Row().text("design", design).whole("servers", servers);
    row.text("rate_scale", Double.toString(rateScale));
    row.fixed("requests_per_s", ratePerSecond, 6);
    row.text("held", held() ? "yes" : "no");
    for (Slo.Check check : checks) {
      decimal(row, check.criterion().column(), check.value());
      decimal(row, check.criterion().column() + "_bound", check.criterion().bound());
    }
    row.whole("served", load.served());
    row.whole("missed", load.missed());
    row.whole("left_out", load.leftOut());
    decimal(row, "queued_for_memory_ms", load.times().memoryMillis());
    decimal(row, "queued_for_sequences_ms", load.times().sequencesMillis());
    decimal(row, "queued_for_step_ms", load.times().stepMillis());
    decimal(row, "preempted_ms", load.times().preemptedMillis());
    decimal(row, "prefill_ms", load.times().prefillMillis());
    decimal(row, "decode_ms", load.times().decodeMillis());
    for (String column : SHOWN) {
      row.text(column, summary.getOrDefault(column, ""));
    }
    return row;
  }

  private static void decimal(Row row, String column, double value) {
    if (Double.isInfinite(value)) {
      row.text(column, "Infinity");
    } else {
      row.fixed(column, value, 3);
    }
  }

  /** The replay and its outcome in a line. */
  @Override
  public String toString() {
    Slo.Check worst = worst();
    String column = worst.criterion().column();
    return design + (servers > 1 ? " x " + servers : "") + " at "
        + Text.rounded(ratePerSecond) + " requests/s: " + (held() ? "held, " : "not held, ")
        + Text.name(column) + " " + Text.value(column, worst.value());
  }
}
