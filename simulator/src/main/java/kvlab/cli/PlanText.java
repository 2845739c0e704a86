package kvlab.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import kvlab.json.Json;
import kvlab.metrics.Row;
import kvlab.plan.Bracket;
import kvlab.plan.DesignOutcome;
import kvlab.plan.Plan;
import kvlab.plan.Trial;
import kvlab.study.Experiment;

/** A plan for people and for programs. */
final class PlanText {
  private final Experiment experiment;
  private final Plan.Settings settings;
  private final List<DesignOutcome> outcomes;
  private final List<Map<String, String>> rows;

  PlanText(
      Experiment experiment, Plan.Settings settings, List<DesignOutcome> outcomes, List<Row> rows) {
    this.experiment = experiment;
    this.settings = settings;
    this.outcomes = outcomes;
    this.rows = rows.stream().map(Row::cells).toList();
  }

  String table() {
    return heading() + "\nWhat one server holds\n\n" + oneServer() + "\nThe trace as it comes"
        + rate() + "\n\n" + fleet() + "\nWhat binds\n\n" + reasons();
  }

  private String heading() {
    Trial any = outcomes.get(0).idle();
    int gpus = experiment.hardware().tensorParallel();
    return String.format(
        Locale.ROOT,
        "%s, a server is %d %s; %,d requests%s%nObjective: %s%n"
            + "A rate is held when its replay meets the objective; rates to within %s.%n"
            + "Tokens are those of served requests; GPU-hours%s are all of them over the tokens of a"
            + " kind, not shared out among kinds.%n",
        experiment.hardware().model().name(),
        gpus,
        experiment.hardware().gpu().name() + (gpus > 1 ? "s" : ""),
        experiment.trace().requests(),
        any.load().leftOut() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                ", of which %,d are longer than %,d tokens and left out",
                any.load().leftOut(),
                experiment.maxModelTokens()),
        settings.slo(),
        percent(settings.tolerance()),
        settings.pricePerGpuHour().isPresent()
            ? " and cost, at " + settings.pricePerGpuHour().getAsDouble() + " per GPU-hour,"
            : "");
  }

  private static String percent(double share) {
    return new BigDecimal(100 * share)
            .round(new java.math.MathContext(3))
            .stripTrailingZeros()
            .toPlainString()
        + "%";
  }

  private String rate() {
    return outcomes.stream()
        .flatMap(outcome -> outcome.fleet().held().stream())
        .findFirst()
        .map(trial -> String.format(Locale.ROOT, ", %.4g requests/s", trial.ratePerSecond()))
        .orElse("");
  }

  private String oneServer() {
    List<String> header = new ArrayList<>(List.of(
        "design",
        "holds req/s",
        "fails at",
        "on",
        "binds",
        "running",
        "GPU-h/M in",
        "out",
        "total"));
    addCost(header);
    TextTable table = new TextTable(header.toArray(String[]::new));
    for (int i = 0; i < rows.size(); i++) {
      Map<String, String> row = rows.get(i);
      List<String> line = new ArrayList<>(List.of(
          cell(row, "design"),
          fixed(row, "requests_per_s_held", 3),
          fixed(row, "requests_per_s_failed", 3),
          orDash(cell(row, "failed_on")),
          orDash(cell(row, "binds")),
          outcomes.get(i).rate().held().map(PlanText::running).orElse("-")));
      addTokens(line, row, "at_knee_");
      table.row(line);
    }
    return table.render();
  }

  private static String running(Trial trial) {
    return String.format(
        Locale.ROOT, "%.1f", Double.parseDouble(trial.summary().getOrDefault("running_mean", "0")));
  }

  private String fleet() {
    List<String> header = new ArrayList<>(
        List.of("design", "GPUs", "too few", "GPU-hours", "GPU-h/M in", "out", "total"));
    addCost(header);
    TextTable table = new TextTable(header.toArray(String[]::new));
    int gpus = experiment.hardware().tensorParallel();
    for (int i = 0; i < rows.size(); i++) {
      Map<String, String> row = rows.get(i);
      Bracket fleet = outcomes.get(i).fleet();
      List<String> line = new ArrayList<>(List.of(
          cell(row, "design"),
          fleet.held().isPresent() ? cell(row, "gpus") : "none",
          tooFew(fleet, gpus),
          fixed(row, "gpu_hours", 3)));
      addTokens(line, row, "");
      table.row(line);
    }
    return table.render();
  }

  private static String tooFew(Bracket fleet, int gpus) {
    Optional<Trial> failed = fleet.failed();
    return failed.isEmpty() ? "-" : Long.toString((long) failed.get().servers() * gpus);
  }

  private void addCost(List<String> header) {
    if (settings.pricePerGpuHour().isPresent()) {
      header.addAll(List.of("cost/M in", "out", "total"));
    }
  }

  private void addTokens(List<String> line, Map<String, String> row, String prefix) {
    for (String what : List.of("gpu_hours", "cost")) {
      for (String kind : List.of("input", "output", "total")) {
        String column = prefix + what + "_per_m_" + kind + "_tokens";
        if (row.containsKey(column)) {
          line.add(fixed(row, column, what.equals("cost") ? 3 : 4));
        }
      }
    }
  }

  private String reasons() {
    StringBuilder text = new StringBuilder();
    for (DesignOutcome outcome : outcomes) {
      text.append(outcome.why()).append('\n');
    }
    return text.toString();
  }

  private static String cell(Map<String, String> row, String column) {
    return row.getOrDefault(column, "");
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String fixed(Map<String, String> row, String column, int decimals) {
    String value = cell(row, column);
    return value.isEmpty()
        ? "-"
        : String.format(Locale.ROOT, "%." + decimals + "f", Double.parseDouble(value));
  }

  /** The plan as a JSON object: the objective, and for each design what {@code plan.csv} has. */
  String json() {
    ObjectNode root = Json.object();
    root.put("trace", experiment.trace().name());
    root.put("model", experiment.hardware().model().name());
    root.put("gpu", experiment.hardware().gpu().name());
    root.put("objective", settings.slo().toString());
    root.put("tolerance", settings.tolerance());
    root.put("router", experiment.router().toString());
    settings.pricePerGpuHour().ifPresent(price -> root.put("price_per_gpu_hour", price));
    ArrayNode designs = root.putArray("designs");
    for (int i = 0; i < rows.size(); i++) {
      ObjectNode node = designs.addObject();
      rows.get(i).forEach((column, value) -> put(node, column, value));
      node.put("why", outcomes.get(i).why());
    }
    return root.toPrettyString() + "\n";
  }

  private static void put(ObjectNode node, String column, String value) {
    if (value.isEmpty()) {
      node.putNull(column);
    } else if (value.matches("-?\\d+(\\.\\d+)?(E-?\\d+)?")) {
      node.put(column, new BigDecimal(value));
    } else {
      node.put(column, value);
    }
  }
}
