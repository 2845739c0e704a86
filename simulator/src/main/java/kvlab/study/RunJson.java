package kvlab.study;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import kvlab.design.Option;
import kvlab.engine.OverLength;
import kvlab.json.Json;
import kvlab.metrics.Window;
import kvlab.workload.LoadedTrace;

/**
 * Writes {@code run.json}: under {@code configuration} everything that decides the result, so that equal
 * configurations mean equal results, and under {@code environment} where and when it was run.
 */
public final class RunJson {
  private RunJson() {}

  /**
   * What was done to the requests that the file has.
   *
   * @param samples requests made of each
   * @param rateScale by how much arrivals were sped up
   * @param arrivals the law that made new times, or {@code trace} for those of the file
   * @param seed of that law
   */
  public record Timing(int samples, double rateScale, String arrivals, long seed) {}

  /**
   * Writes the file.
   *
   * @param loaded the trace as it was read
   * @param command the command line
   */
  public static void write(
      Experiment experiment,
      LoadedTrace<?> loaded,
      Timing timing,
      List<DesignResult> results,
      String version,
      String command,
      Path file)
      throws IOException {
    ObjectNode root = Json.object();
    ObjectNode configuration = root.putObject("configuration");
    configuration.put("kvlab", version);
    trace(experiment, loaded, timing, configuration.putObject("trace"));
    hardware(experiment, configuration);
    configuration.put("max_model_len", experiment.maxModelTokens());
    configuration.put("over_length", name(experiment.overLength()));
    if (experiment.replicas() > 1) {
      configuration.put("replicas", experiment.replicas());
      configuration.put("router", experiment.router().toString());
    }
    configuration.put("step_time", experiment.stepTime());
    configuration.put("step_time_in_force", clock(experiment));
    Window window = experiment.window();
    if (!window.isAll()) {
      configuration
          .putObject("window")
          .put("from_ns", window.fromNanos())
          .put("to_ns", window.toNanos());
    }
    ObjectNode designs = configuration.putObject("designs");
    for (DesignResult result : results) {
      ObjectNode design = designs.putObject(result.design().name());
      design.put("pages", result.pool().pages());
      for (Option option : result.options().all()) {
        put(design, option);
      }
    }
    ObjectNode environment = root.putObject("environment").put("command", command);
    Environment.describe(environment)
        .put(
            "device",
            Backend.isNamedBy(experiment.stepTime())
                ? Backend.of(experiment.stepTime()).device()
                : "none: step times are predicted");
    Environment.write(root, file);
  }

  private static void put(ObjectNode design, Option option) {
    switch (option.kind()) {
      case COUNT, COUNT_OR_ZERO -> design.put(option.name(), Integer.parseInt(option.value()));
      case SHARE, NUMBER -> design.put(option.name(), Double.parseDouble(option.value()));
      case SWITCH, WORD -> design.put(option.name(), option.value());
    }
  }

  private static String clock(Experiment experiment) {
    return Backend.isNamedBy(experiment.stepTime())
        ? "measured on the device"
        : StepTimes.parse(experiment.stepTime(), experiment.hardware()).toString();
  }

  private static String name(OverLength overLength) {
    return overLength.name().toLowerCase(Locale.ROOT);
  }

  private static void trace(
      Experiment experiment, LoadedTrace<?> loaded, Timing timing, ObjectNode node) {
    node.put("name", loaded.trace().name());
    node.put("sha256", loaded.sha256());
    node.put("format", loaded.format().id());
    node.put("rows_read", loaded.rows().read());
    node.put("rows_used", loaded.rows().used());
    ObjectNode dropped = node.putObject("rows_dropped");
    loaded.rows().droppedByReason().forEach(dropped::put);
    node.put("rows_reordered", loaded.rows().reordered());
    node.put("has_times", loaded.timed());
    node.put("samples", timing.samples());
    node.put("arrivals", timing.arrivals());
    node.put("seed", timing.seed());
    node.put("rate_scale", timing.rateScale());
    node.put("requests", experiment.trace().requests());
  }

  private static void hardware(Experiment experiment, ObjectNode node) {
    Hardware hardware = experiment.hardware();
    node.put("model", hardware.model().name());
    node.put("gpu", hardware.gpu().name());
    node.put("kv_dtype", hardware.kvDtype().toString());
    node.put("tensor_parallel", hardware.tensorParallel());
    node.put("kv_bytes_per_token", hardware.kvBytesPerToken());
    ObjectNode memory = node.putObject("memory");
    memory.put("slots", experiment.memory().slots());
    if (experiment.memory() instanceof Memory.Bytes bytes) {
      memory.put("kv_bytes_per_gpu", bytes.kvBytes());
    }
  }
}
