package kvlab.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kvlab.json.Json;
import kvlab.study.Backend;
import kvlab.study.DesignResult;
import kvlab.study.Experiment;
import kvlab.text.Decimals;

/** The summary for people and for programs. */
final class ResultText {
  private static final int WIDE_COLUMNS = 150;
  private static final List<String> FREE_BUT_EXTERNAL =
      List.of("short_pct", "idle_pct", "withheld_pct");

  private ResultText() {}

  /** One wide table, or where the terminal is narrower two: memory, then service. */
  static String table(Experiment experiment, List<DesignResult> results, int columns) {
    String head = heading(experiment, results);
    List<Map<String, String>> rows =
        results.stream().map(r -> r.summary().cells()).toList();
    if (columns >= WIDE_COLUMNS) {
      return head + render(rows, true, true);
    }
    return head + render(rows, true, false) + "\n" + render(rows, false, true);
  }

  private static String heading(Experiment experiment, List<DesignResult> results) {
    int devices = experiment.hardware().tensorParallel();
    String end = System.lineSeparator();
    return experiment.hardware().model().name() + " on " + (devices > 1 ? devices + " x " : "")
        + experiment.hardware().gpu().name() + ", "
        + Decimals.grouped(Long.parseLong(cell(results.get(0).summary().cells(), "capacity_slots")))
        + " slots of KV, sequences of up to " + Decimals.grouped(experiment.maxModelTokens())
        + " tokens; "
        + Decimals.grouped(experiment.trace().requests()) + " requests" + end
        + (Backend.isNamedBy(experiment.stepTime())
            ? "Steps ran on " + Backend.of(experiment.stepTime()).device() + "." + end
            : "")
        + "Memory is shared out in % of all slots, averaged over time." + end + end;
  }

  private static String render(List<Map<String, String>> rows, boolean memory, boolean service) {
    String[] none = {};
    TextTable table = new TextTable(concat(
        new String[] {"design"},
        memory
            ? new String[] {
              "used %",
              "reserved %",
              "internal %",
              "rounding %",
              "cached %",
              "external %",
              "other free %",
              "mean run",
              "max run"
            }
            : none,
        service
            ? new String[] {
              "req/s",
              "tok/s",
              "TTFT p50 s",
              "TTFT p99 s",
              "E2E p50 s",
              "E2E p99 s",
              "preempted",
              "rejected",
              "unfinished"
            }
            : none));
    for (Map<String, String> row : rows) {
      table.row(List.of(concat(
          new String[] {cell(row, "design")},
          memory ? memoryCells(row) : none,
          service ? serviceCells(row) : none)));
    }
    return table.render();
  }

  private static String[] concat(String[] a, String[] b, String[] c) {
    return Stream.of(a, b, c).flatMap(Stream::of).toArray(String[]::new);
  }

  private static String[] memoryCells(Map<String, String> row) {
    double otherFree =
        FREE_BUT_EXTERNAL.stream().mapToDouble(name -> number(row, name)).sum();
    return new String[] {
      fixed(number(row, "live_pct"), 1),
      fixed(number(row, "reserved_pct"), 1),
      fixed(number(row, "internal_pct"), 1),
      fixed(number(row, "rounding_pct"), 1),
      fixed(number(row, "cached_pct"), 1),
      fixed(number(row, "external_pct"), 1),
      fixed(otherFree, 1),
      fixed(number(row, "running_mean"), 2),
      cell(row, "running_max")
    };
  }

  private static String[] serviceCells(Map<String, String> row) {
    return new String[] {
      fixed(number(row, "requests_per_s"), 3),
      fixed(number(row, "output_tokens_per_s"), 1),
      seconds(row, "ttft_p50_ms"),
      seconds(row, "ttft_p99_ms"),
      seconds(row, "e2e_p50_ms"),
      seconds(row, "e2e_p99_ms"),
      cell(row, "preemptions"),
      cell(row, "rejected"),
      cell(row, "unfinished")
    };
  }

  private static String cell(Map<String, String> row, String column) {
    String value = row.get(column);
    if (value == null) {
      throw new IllegalStateException("the summary has no column " + column);
    }
    return value;
  }

  private static double number(Map<String, String> row, String column) {
    return Double.parseDouble(cell(row, column));
  }

  private static String seconds(Map<String, String> row, String column) {
    String milliseconds = cell(row, column);
    return milliseconds.isEmpty() ? "-" : fixed(Double.parseDouble(milliseconds) / 1e3, 3);
  }

  private static String fixed(double value, int decimals) {
    return Decimals.fixed(value, decimals);
  }

  /** The rows of the summary as a JSON array. */
  static String json(List<DesignResult> results) {
    ArrayNode array = Json.array();
    for (DesignResult result : results) {
      ObjectNode node = array.addObject();
      result.summary().cells().forEach((column, value) -> {
        if (value.isEmpty()) {
          node.putNull(column);
        } else if (column.equals("design")) {
          node.put(column, value);
        } else {
          node.put(column, new BigDecimal(value));
        }
      });
    }
    return array.toPrettyString();
  }
}
