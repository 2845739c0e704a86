package kvlab.plan;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import kvlab.metrics.Row;

/**
 * What the search for a design found.
 *
 * @param idle with requests far apart
 * @param rate of one server
 * @param fleet for the trace at its own rate
 * @param trials all replays, in the order made
 */
public record DesignOutcome(
    String design,
    Trial idle,
    Bracket rate,
    Bracket fleet,
    Optional<Binding> binding,
    List<Trial> trials) {

  /** What was found, and what keeps the server from more, with the evidence. */
  public String why() {
    if (rate.held().isEmpty()) {
      return design + " holds no rate: even with requests far apart, " + idle;
    }
    return binding
        .map(found -> design + " is bound by " + found.resource() + ": " + found)
        .orElseGet(() -> design + " holds whatever rate the trace can be given");
  }

  /** Its line in the table of plans; tokens are those of requests that were served. */
  Row row(int gpusPerServer, OptionalDouble pricePerGpuHour) {
    Row row = new Row().text("design", design);
    rate(row, "held", rate.held());
    rate(row, "failed", rate.failed());
    row.text("binds", binding.map(found -> found.resource().toString()).orElse(""));
    row.text(
        "failed_on",
        binding.map(found -> Text.name(found.failing().criterion().column())).orElse(""));
    for (Binding.Resource resource : Binding.Resource.values()) {
      String column = "added_by_"
          + resource.toString().toLowerCase(java.util.Locale.ROOT).replace(' ', '_') + "_ms";
      if (binding.isPresent()) {
        row.fixed(column, binding.get().addedMillis().getOrDefault(resource, 0.0), 3);
      } else {
        row.blank(column);
      }
    }
    tokens(row, "at_knee_", rate.held(), pricePerGpuHour);
    if (fleet.held().isPresent()) {
      row.whole("servers", fleet.held().get().servers());
      row.whole("gpus", (long) fleet.held().get().servers() * gpusPerServer);
    } else {
      row.blank("servers").blank("gpus");
    }
    row.text(
        "servers_failed", fleet.failed().map(t -> Integer.toString(t.servers())).orElse(""));
    tokens(row, "", fleet.held(), pricePerGpuHour);
    return row;
  }

  private static void rate(Row row, String which, Optional<Trial> trial) {
    if (trial.isPresent()) {
      row.fixed("requests_per_s_" + which, trial.get().ratePerSecond(), 6);
      row.text("rate_scale_" + which, Double.toString(trial.get().rateScale()));
    } else {
      row.blank("requests_per_s_" + which).blank("rate_scale_" + which);
    }
  }

  private static void tokens(
      Row row, String prefix, Optional<Trial> trial, OptionalDouble pricePerGpuHour) {
    String hours = prefix + "gpu_hours";
    if (trial.isEmpty()) {
      row.blank(hours);
      for (String tokens : List.of("input", "output", "total")) {
        row.blank(hours + "_per_m_" + tokens + "_tokens");
        if (pricePerGpuHour.isPresent()) {
          row.blank(prefix + "cost_per_m_" + tokens + "_tokens");
        }
      }
      return;
    }
    double gpuHours = trial.get().number("gpu_hours");
    row.fixed(hours, gpuHours, 6);
    long input = trial.get().load().inputTokens();
    long output = trial.get().load().outputTokens();
    each(row, prefix, "input", gpuHours, input, pricePerGpuHour);
    each(row, prefix, "output", gpuHours, output, pricePerGpuHour);
    each(row, prefix, "total", gpuHours, input + output, pricePerGpuHour);
  }

  private static void each(
      Row row, String prefix, String kind, double gpuHours, long tokens, OptionalDouble price) {
    double perMillion = gpuHours / (tokens / 1e6);
    row.fixed(prefix + "gpu_hours_per_m_" + kind + "_tokens", perMillion, 6);
    if (price.isPresent()) {
      row.fixed(prefix + "cost_per_m_" + kind + "_tokens", perMillion * price.getAsDouble(), 6);
    }
  }
}
