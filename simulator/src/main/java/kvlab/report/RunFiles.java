package kvlab.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kvlab.workload.InputException;

/**
 * The result files of a run directory.
 *
 * <pre>
 *   summary.csv         one row per design
 *   timeseries.csv      rows per design and time bin, means over [t_s, t_s + dt_s)
 *   distributions.csv   rows per design, metric and quantile
 *   run.json            optional: names of trace, model and GPU
 * </pre>
 */
public final class RunFiles {
  private static final String BACKEND = "backend:"; // a step time that a device took

  private final RunTable summary;
  private final RunTable timeseries;
  private final RunTable distributions;
  private final String subject;

  private RunFiles(RunTable summary, RunTable timeseries, RunTable distributions, String subject) {
    this.summary = summary;
    this.timeseries = timeseries;
    this.distributions = distributions;
    this.subject = subject;
  }

  /**
   * Reads the files.
   *
   * @throws InputException when one of the three tables, or a column that charts need, is missing
   */
  public static RunFiles open(Path directory) {
    List<String> parts = Stream.of(Part.values()).map(Part::column).toList();
    List<String> summary =
        new ArrayList<>(List.of("design", "output_tokens_per_s", "requests_per_s"));
    summary.addAll(parts);
    List<String> series = new ArrayList<>(List.of("design", "t_s", "dt_s", "running", "waiting"));
    series.addAll(parts);
    return new RunFiles(
        RunTable.read(directory.resolve("summary.csv"), List.of("design"), summary),
        RunTable.read(directory.resolve("timeseries.csv"), List.of("design"), series),
        RunTable.read(
            directory.resolve("distributions.csv"),
            List.of("design", "metric"),
            List.of("design", "metric", "quantile", "value_ms")),
        subject(directory.resolve("run.json")));
  }

  public RunTable summary() {
    return summary;
  }

  public RunTable timeseries() {
    return timeseries;
  }

  public RunTable distributions() {
    return distributions;
  }

  /** The designs of the run in the order of its summary. */
  public List<String> designs() {
    return summary.designs();
  }

  /** What was run, such as {@code azure-code.csv, llama-3.1-8b on a100-40g}; empty if unknown. */
  public String subject() {
    return subject;
  }

  private static String subject(Path file) {
    if (!Files.isRegularFile(file)) {
      return "";
    }
    try {
      JsonNode all = new ObjectMapper().readTree(file.toFile());
      JsonNode run = all.path("configuration");
      String trace = name(run.path("trace"));
      String model = name(run.path("model"));
      String gpu = name(run.path("gpu"));
      String machine = model.isEmpty() || gpu.isEmpty() ? model + gpu : model + " on " + gpu;
      String subject =
          trace.isEmpty() || machine.isEmpty() ? trace + machine : trace + ", " + machine;
      return run.path("step_time").asText("").startsWith(BACKEND)
          ? subject + ", run on " + all.path("environment").path("device").asText("")
          : subject;
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String name(JsonNode node) {
    return node.isObject() ? node.path("name").asText("") : node.asText("");
  }
}
