package kvlab.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvlab.json.Json;
import kvlab.study.Sweep;
import kvlab.study.SweepRow;

/** The rows of a sweep for people and for programs. */
final class SweepText {
  private static final List<String> COLUMNS = List.of(
      "live_pct",
      "running_mean",
      "output_tokens_per_s",
      "ttft_p99_ms",
      "e2e_p50_ms",
      "preemptions");
  private static final List<String> TITLES =
      List.of("used %", "mean run", "tok/s", "TTFT p99 ms", "E2E p50 ms", "preempted");

  private SweepText() {}

  static String table(
      List<String> varied, List<Sweep.Configuration> configurations, List<SweepRow> rows) {
    List<String> header = new ArrayList<>(List.of("design"));
    header.addAll(varied);
    header.addAll(TITLES);
    TextTable table = new TextTable(header.toArray(String[]::new));
    for (int i = 0; i < rows.size(); i++) {
      List<String> line = new ArrayList<>(List.of(configurations.get(i).design().name()));
      line.addAll(configurations.get(i).values());
      for (String column : COLUMNS) {
        line.add(rows.get(i).failed() ? "failed" : rows.get(i).cells().getOrDefault(column, ""));
      }
      table.row(line);
    }
    return table.render();
  }

  /** A JSON array with an object per configuration; a failed one has its reason as {@code failure}. */
  static String json(
      List<String> varied, List<Sweep.Configuration> configurations, List<SweepRow> rows) {
    ArrayNode array = Json.array();
    for (int i = 0; i < rows.size(); i++) {
      ObjectNode node = array.addObject();
      ObjectNode values = node.putObject("options");
      for (int v = 0; v < varied.size(); v++) {
        put(values, varied.get(v), configurations.get(i).values().get(v));
      }
      node.put("design", configurations.get(i).design().name());
      for (Map.Entry<String, String> cell : rows.get(i).cells().entrySet()) {
        if (!cell.getKey().equals("design")) {
          put(node, cell.getKey(), cell.getValue());
        }
      }
      if (rows.get(i).failed()) {
        node.put("failure", rows.get(i).failure());
      }
    }
    return array.toPrettyString() + "\n";
  }

  private static void put(ObjectNode node, String column, String value) {
    if (value.isEmpty()) {
      node.putNull(column);
    } else if (value.matches("-?\\d+(\\.\\d+)?")) {
      node.put(column, new BigDecimal(value));
    } else {
      node.put(column, value);
    }
  }
}
