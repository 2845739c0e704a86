package kvlab.report.html;

import static kvlab.report.html.Html.fixed;
import static kvlab.report.html.Html.strong;
import static kvlab.report.html.Html.whole;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import kvlab.json.Json;
import kvlab.report.RunTable;
import kvlab.workload.InputException;

/** The report of a sweep: what each varied option changes. */
final class SweepReport {
  private static final int MOST_LISTED = 500;
  private static final int MOST_DRAWN = 50_000;

  private record Metric(String column, String label, String unit, double factor, int decimals) {}

  private static final List<Metric> METRICS = List.of(
      new Metric("output_tokens_per_s", "output", "tok/s", 1, 0),
      new Metric("live_pct", "live KV", "%", 1, 1),
      new Metric("running_mean", "running", "requests", 1, 1),
      new Metric("requests_per_s", "requests", "/s", 1, 2),
      new Metric("ttft_p50_ms", "TTFT p50", "s", 1e-3, 3),
      new Metric("ttft_p99_ms", "TTFT p99", "s", 1e-3, 3),
      new Metric("tpot_p50_ms", "TPOT p50", "ms", 1, 2),
      new Metric("e2e_p50_ms", "E2E p50", "s", 1e-3, 2),
      new Metric("e2e_p99_ms", "E2E p99", "s", 1e-3, 2),
      new Metric("preemptions", "preempted", "", 1, 0),
      new Metric("rejected", "rejected", "", 1, 0),
      new Metric("unfinished", "unfinished", "", 1, 0));

  private final RunTable table;
  private final List<String> varied;
  private final List<Metric> metrics;

  private SweepReport(Path csv) {
    List<String> header = RunTable.headerOf(csv);
    varied = header.subList(0, Math.max(0, header.indexOf("design")));
    List<String> text = new ArrayList<>(varied);
    text.addAll(List.of("design", "failure"));
    table = RunTable.read(csv, text, List.of("design", "failure"));
    metrics = METRICS.stream().filter(metric -> table.has(metric.column())).toList();
    if (table.rows() == 0) {
      throw new InputException(csv + " has no row to report on");
    }
  }

  static byte[] of(Path directory) {
    SweepReport sweep = new SweepReport(directory.resolve("sweep.csv"));
    RunSetup setup = RunSetup.read(directory.resolve("sweep.json"));
    Html body = new Html();
    body.raw("<header id=\"answer\">\n")
        .element("p", "kicker", "kvlab sweep" + setup.sweepSubject())
        .raw("\n")
        .element("h1", sweep.question())
        .raw("\n<p class=\"answer\">")
        .raw(sweep.answer())
        .raw("</p>\n");
    String failures = sweep.failures();
    if (!failures.isEmpty()) {
      body.raw("<ul class=\"remarks\"><li>").raw(failures).raw("</li></ul>\n");
    }
    body.raw("</header>\n");
    RunReport.section(
        body,
        "curves",
        "What each option changes",
        "A point is a whole replay. Options that are not on the axis have the values chosen here.",
        """
        <div id="choices" class="toggles"></div>
        <div id="toggles" class="toggles"></div>
        <div id="curves-charts" class="charts"></div>
        """);
    RunReport.section(body, "table", "Every configuration", "", sweep.list());
    RunReport.section(body, "configuration", "Configuration", "", SetupSection.sweep(setup));
    return Page.of(
        sweep.question(),
        Shades.rules(sweep.table.designs()),
        body.toString(),
        Json.text(sweep.data()));
  }

  private String question() {
    return "What " + (varied.size() == 1 ? "does " : "do ") + String.join(" and ", varied)
        + " change" + (table.designs().size() == 1 ? " for " + table.designs().get(0) : "") + "?";
  }

  /** The span of output for each design, and where its ends are. */
  private String answer() {
    Map<String, int[]> ends = new TreeMap<>(java.util.Comparator.comparingInt(
        table.designs()::indexOf)); // by design: rows with the least and the most output
    for (int row = 0; row < table.rows(); row++) {
      double output = output(row);
      if (Double.isFinite(output)) {
        int at = row;
        int[] its = ends.computeIfAbsent(table.text("design", row), d -> new int[] {at, at});
        its[0] = output < output(its[0]) ? row : its[0];
        its[1] = output > output(its[1]) ? row : its[1];
      }
    }
    List<String> spans = new ArrayList<>();
    ends.forEach((design, its) -> spans.add(strong(design) + " samples from "
        + whole(output(its[0])) + " (" + Html.escaped(values(its[0])) + ") to "
        + whole(output(its[1])) + " tokens a second (" + Html.escaped(values(its[1])) + ")"));
    return spans.isEmpty()
        ? "None of the configurations could be run."
        : "Over " + whole(table.rows()) + " replays, " + String.join("; ", spans) + ".";
  }

  private double output(int row) {
    return table.has("output_tokens_per_s") ? table.number("output_tokens_per_s", row) : Double.NaN;
  }

  private String values(int row) {
    List<String> values = new ArrayList<>();
    varied.forEach(option -> values.add(option + " " + table.text(option, row)));
    return String.join(", ", values);
  }

  private String failures() {
    int failed = 0;
    Set<String> reasons = new LinkedHashSet<>();
    for (int row = 0; row < table.rows(); row++) {
      if (!table.text("failure", row).isEmpty()) {
        failed++;
        reasons.add(table.text("failure", row));
      }
    }
    return failed == 0
        ? ""
        : whole(failed) + " of " + whole(table.rows())
            + " configurations could not be run; the first" + " reason: "
            + Html.escaped(reasons.iterator().next());
  }

  private String list() {
    Html html = new Html().raw("<div class=\"scroll\"><table class=\"numbers\">\n<thead><tr>");
    html.element("th", "design");
    varied.forEach(option -> html.element("th", option));
    for (Metric metric : metrics) {
      html.raw("<th>").raw(Html.escaped(metric.label())).raw(" ");
      html.element("small", metric.unit()).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
    int listed = Math.min(MOST_LISTED, table.rows());
    for (int row = 0; row < listed; row++) {
      html.raw("<tr>")
          .raw(SummaryTable.name(
              table.text("design", row), table.designs().indexOf(table.text("design", row))));
      for (String option : varied) {
        html.element("td", table.text(option, row));
      }
      String failure = table.text("failure", row);
      if (failure.isEmpty()) {
        for (Metric metric : metrics) {
          double value = table.number(metric.column(), row) * metric.factor();
          html.element("td", fixed(value, metric.decimals()));
        }
      } else {
        html.raw("<td class=\"failure\" colspan=\"" + metrics.size() + "\">")
            .raw(Html.escaped(failure))
            .raw("</td>");
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
    if (listed < table.rows()) {
      html.element(
          "p",
          "note",
          "The first " + whole(listed) + " of " + whole(table.rows())
              + " rows; sweep.csv has all of them.");
    }
    return html.toString();
  }

  private ObjectNode data() {
    ObjectNode data = Json.object();
    data.put("kind", "sweep");
    RunReport.designs(table.designs(), data);
    ArrayNode options = data.putArray("options");
    varied.forEach(options::add);
    ArrayNode labels = data.putArray("metrics");
    for (Metric metric : metrics) {
      labels.addObject().put("label", metric.label()).put("unit", metric.unit());
    }
    int drawn = Math.min(MOST_DRAWN, table.rows());
    ArrayNode rows = data.putArray("rows");
    for (int row = 0; row < drawn; row++) {
      ArrayNode cells = rows.addArray();
      cells.add(table.designs().indexOf(table.text("design", row)));
      for (String option : varied) {
        cells.add(table.text(option, row));
      }
      for (Metric metric : metrics) {
        double value = table.number(metric.column(), row) * metric.factor();
        if (Double.isFinite(value)) {
          cells.add(Double.parseDouble(fixed(value, 4).replace(",", "")));
        } else {
          cells.addNull();
        }
      }
    }
    data.put("left_out", table.rows() - drawn);
    return data;
  }
}
