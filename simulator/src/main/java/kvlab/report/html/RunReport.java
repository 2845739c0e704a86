package kvlab.report.html;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvlab.json.Json;
import kvlab.report.Part;
import kvlab.report.RunFiles;
import kvlab.report.RunTable;
import kvlab.workload.InputException;

/** The report of a run: one trace through one or several designs. */
final class RunReport {
  private static final List<String> METRICS = List.of("ttft", "tpot", "itl", "e2e");
  private static final int MICROS = 3; // of a millisecond

  private RunReport() {}

  static byte[] of(RunFiles run, Path directory) {
    if (run.designs().isEmpty()) {
      throw new InputException("summary.csv has no design to report on");
    }
    RunSetup setup = RunSetup.read(directory.resolve("run.json"));
    Verdict verdict = new Verdict(run, setup);
    Html body = new Html();
    body.raw("<header id=\"answer\">\n").element("p", "kicker", kicker(run));
    body.raw("\n<h1>").raw(unbroken(verdict.question())).raw("</h1>");
    body.raw("\n<p class=\"answer\">").raw(verdict.answer()).raw("</p>\n");
    List<String> remarks = verdict.remarks();
    if (!remarks.isEmpty()) {
      body.raw("<ul class=\"remarks\">\n");
      remarks.forEach(remark -> body.raw("<li>").raw(remark).raw("</li>\n"));
      body.raw("</ul>\n");
    }
    body.raw("</header>\n");
    section(body, "table", "In numbers", "", SummaryTable.of(run.summary()));
    ObjectNode data = data(run);
    ArrayNode pair = data.putArray("pair"); // as people read: the older way on the left
    verdict.pair().forEach(name -> pair.insert(0, name));
    Map<String, byte[]> films = new LinkedHashMap<>();
    List<String> leftOut = MapData.put(directory, run.designs(), films);
    if (!films.isEmpty()) {
      section(
          body,
          "memory",
          "Who holds which page",
          mapHint(setup, leftOut),
          "<div id=\"map\"></div>\n");
    }
    section(
        body,
        "time",
        "Over time",
        "Drag across a chart to zoom all of them, double-click to see the whole run again; on a"
            + " touch screen pinch.",
        """
        <div id="toggles" class="toggles"></div>
        <div id="lines" class="charts"></div>
        <h3>What fills the pool</h3>
        <div id="stacks" class="charts small"></div>
        <p id="drawn" class="note"></p>
        """);
    section(
        body,
        "latency",
        "Latency",
        "The share of finished requests (of token gaps for ITL) that took no longer. Further left"
            + " is faster; the axis is logarithmic.",
        "<div id=\"distributions\" class=\"charts\"></div>\n");
    section(
        body,
        "unserved",
        "Requests that were not served",
        "",
        UnservedSection.of(directory.resolve("unserved.csv"), run.designs().size()));
    section(
        body, "limits", "What this does not say", "", SetupSection.limits(setup, run.designs()));
    section(
        body,
        "configuration",
        "Configuration",
        "",
        SetupSection.configuration(setup, run.designs()));
    return Page.of(
        verdict.question(), Shades.rules(run.designs()), body.toString(), Json.text(data), films);
  }

  /** Text whose names with hyphens stay on one line. */
  private static String unbroken(String text) {
    return Html.escaped(text).replaceAll("(\\S+-\\S+)", "<span class=\"name\">$1</span>");
  }

  private static String mapHint(RunSetup setup, List<String> leftOut) {
    return "Every page of the pool" + (setup.servers() > 1 ? " of the first server" : "")
        + ", at any moment of the run. Point at a page to see whose it is and where else that request"
        + " has its tokens."
        + (leftOut.isEmpty()
            ? ""
            : " Left out for their size: " + String.join(", ", leftOut) + ".");
  }

  private static String kicker(RunFiles run) {
    return "kvlab " + (run.designs().size() == 1 ? "replay" : "comparison")
        + (run.subject().isEmpty() ? "" : " · " + run.subject());
  }

  static void section(Html body, String id, String title, String hint, String content) {
    body.raw("<section id=\"" + id + "\">\n").element("h2", title).raw("\n");
    if (!hint.isEmpty()) {
      body.element("p", "note", hint).raw("\n");
    }
    body.raw(content).raw("</section>\n");
  }

  private static ObjectNode data(RunFiles run) {
    ObjectNode data = Json.object();
    data.put("kind", "run");
    designs(run.designs(), data);
    ArrayNode parts = data.putArray("parts");
    for (Part part : Part.values()) {
      parts
          .addObject()
          .put("key", Shades.key(part))
          .put("label", part.label())
          .put("light", Shades.light(part))
          .put("dark", Shades.dark(part));
    }
    SeriesData.put(run, data);
    distributions(run, data);
    return data;
  }

  static void designs(List<String> names, ObjectNode data) {
    ArrayNode designs = data.putArray("designs");
    for (String design : names) {
      ArrayNode dash = designs
          .addObject()
          .put("name", design)
          .put("light", Shades.light(design))
          .put("dark", Shades.dark(design))
          .putArray("dash");
      Shades.dash(design).forEach(dash::add);
    }
  }

  /** For each metric and design the columns quantile and milliseconds. */
  private static void distributions(RunFiles run, ObjectNode data) {
    RunTable table = run.distributions();
    ObjectNode all = data.putObject("latency");
    for (String metric : METRICS) {
      ArrayNode designs = all.putArray(metric);
      for (String design : run.designs()) {
        double[] quantiles = new double[table.rows()];
        double[] values = new double[table.rows()];
        int n = 0;
        for (int row = 0; row < table.rows(); row++) {
          if (table.text("design", row).equals(design)
              && table.text("metric", row).equals(metric)) {
            quantiles[n] = table.number("quantile", row);
            values[n++] = table.number("value_ms", row);
          }
        }
        designs.add(new Packed(2, n)
            .column(java.util.Arrays.copyOf(quantiles, n), MICROS)
            .column(java.util.Arrays.copyOf(values, n), MICROS)
            .base64());
      }
    }
  }
}
