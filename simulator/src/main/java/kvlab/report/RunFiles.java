package kvlab.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kvlab.json.Json;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a result folder, or one table by itself, each read when it is asked for.
 *
 * <pre>
 *   summary.csv         one row per design
 *   timeseries.csv      rows per design and time bin, means over [t_s, t_s + dt_s)
 *   distributions.csv   rows per design, metric and quantile
 *   sweep.csv           one row per configuration: varied options, then the design and its summary
 *   trials.csv          one row per replay of a plan
 *   requests.csv        one row per request of a recorded run, measured and predicted
 *   timeseries.csv      of a recorded run: one row per second of its log
 *   points.csv          one row per kernel time, measured and predicted
 *   k2.csv, g1.csv, ..  one row per batch on the device of device.csv, measured and predicted
 *   run.json            optional: names of trace, model and GPU; sweep.json, plan.json, measured.json
 * </pre>
 */
public final class RunFiles {
  private static final String BACKEND = "backend:"; // a step time that a device took
  private static final String DESIGN = "design";
  private static final String FAILURE = "failure"; // the last column of a sweep

  /** A kind of table, known by columns that no other kind has. */
  public enum Kind {
    SUMMARY("summary.csv", List.of(DESIGN), List.of(DESIGN, "requests", "requests_per_s")),
    TIMESERIES("timeseries.csv", List.of(DESIGN), List.of(DESIGN, "t_s", "dt_s")),
    DISTRIBUTIONS(
        "distributions.csv",
        List.of(DESIGN, "metric"),
        List.of(DESIGN, "metric", "quantile", "value_ms")),
    SWEEP("sweep.csv", List.of(), List.of(DESIGN, FAILURE)),
    TRIALS("trials.csv", List.of(DESIGN, "held"), List.of(DESIGN, "servers", "held")),
    REQUESTS("requests.csv", List.of(), List.of("ttft_s", "predicted_ttft_s")),
    LOG("timeseries.csv", List.of(), List.of("t_s", "predicted_running")),
    OPERATORS("points.csv", List.of(), List.of("operator", "measured_ns", "corrected_ns")),
    DEVICE("device.csv", List.of(), List.of("use", "predicted_us", "measured_us"));

    private final String file;
    private final List<String> text;
    private final List<String> marks;

    Kind(String file, List<String> text, List<String> marks) {
      this.file = file;
      this.text = List.copyOf(text);
      this.marks = List.copyOf(marks);
    }

    /** Whether the header is that of such a table: a sweep has the columns of a summary too. */
    private boolean is(List<String> header) {
      return header.containsAll(marks) && (this == SWEEP || !header.contains(FAILURE));
    }

    private RunTable read(Path path) {
      List<String> textColumns = new ArrayList<>(text);
      if (this == SWEEP) {
        List<String> header = RunTable.headerOf(path);
        textColumns.addAll(header.subList(0, Math.max(0, header.indexOf(DESIGN))));
        textColumns.addAll(List.of(DESIGN, FAILURE));
      } else if (this == OPERATORS || this == DEVICE) {
        textColumns.addAll(RunTable.headerOf(path)); // coordinates may be words
        textColumns.removeAll(marks.subList(1, marks.size()));
      }
      return RunTable.read(path, textColumns, marks);
    }
  }

  private final Path path;
  private final Map<Kind, RunTable> tables = new EnumMap<>(Kind.class);
  private final Map<Kind, Boolean> there = new EnumMap<>(Kind.class); // those asked about
  private final List<String> selected;
  private @Nullable String subject; // once it has been asked for

  private RunFiles(Path path, List<String> selected) {
    this.path = path;
    this.selected = List.copyOf(selected);
  }

  /** The results in a folder, or a single table. */
  public static RunFiles open(Path folderOrTable) {
    return new RunFiles(folderOrTable, List.of());
  }

  /** These results of the named designs only, in the order of the files; no names for all designs. */
  public RunFiles of(List<String> designs) {
    return new RunFiles(path, designs);
  }

  /** Whether there is such a table. */
  synchronized boolean has(Kind kind) {
    return there.computeIfAbsent(kind, this::isThere);
  }

  private boolean isThere(Kind kind) {
    if (kind == Kind.DEVICE) {
      return !deviceTables().isEmpty();
    }
    Path file = fileOf(kind);
    return Files.isRegularFile(file) && kind.is(RunTable.headerOf(file));
  }

  /**
   * The tables of batches on a device, each by itself, in the order of their names: those of a folder that says
   * of which device it is.
   */
  List<RunFiles> deviceTables() {
    if (Files.isRegularFile(path)) {
      return Kind.DEVICE.is(RunTable.headerOf(path)) ? List.of(this) : List.of();
    }
    if (!Files.isRegularFile(fileOf(Kind.DEVICE))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(file -> file.toString().endsWith(".csv"))
          .sorted()
          .flatMap(file -> open(file).deviceTables().stream())
          .toList();
    } catch (IOException e) {
      throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private Path fileOf(Kind kind) {
    return Files.isRegularFile(path) ? path : path.resolve(kind.file);
  }

  /**
   * A table.
   *
   * @throws InputException when the file or a column that its kind has is missing
   */
  synchronized RunTable table(Kind kind) {
    return tables.computeIfAbsent(kind, k -> k.read(fileOf(k)));
  }

  public RunTable summary() {
    return table(Kind.SUMMARY);
  }

  public RunTable timeseries() {
    return table(Kind.TIMESERIES);
  }

  public RunTable distributions() {
    return table(Kind.DISTRIBUTIONS);
  }

  /** The designs of a run in the order of its summary. */
  public List<String> designs() {
    return designs(Kind.SUMMARY);
  }

  /** The selected designs of a table; of a table over time those of the summary beside it. */
  List<String> designs(Kind kind) {
    boolean ofRun = kind == Kind.TIMESERIES || kind == Kind.DISTRIBUTIONS;
    Kind named =
        ofRun && has(Kind.SUMMARY) ? Kind.SUMMARY : kind; // one that served nothing has no rows
    List<String> all = table(named).designs();
    for (String design : selected) {
      if (!all.contains(design)) {
        throw new InputException(
            fileOf(named) + ": has no design '" + design + "'; it has " + String.join(", ", all));
      }
    }
    if (all.isEmpty()) {
      throw new InputException(named.file + " has no design to draw");
    }
    return selected.isEmpty() ? all : all.stream().filter(selected::contains).toList();
  }

  /** What was run, such as {@code azure-code.csv, llama-3.1-8b on a100-40g}; empty if unknown. */
  public synchronized String subject() {
    if (subject == null) {
      subject = findSubject();
    }
    return subject;
  }

  private String findSubject() {
    if (Files.isRegularFile(path)) {
      return String.valueOf(path.getFileName());
    }
    for (String description : List.of("run.json", "sweep.json", "plan.json", "measured.json")) {
      if (Files.isRegularFile(path.resolve(description))) {
        return subject(path.resolve(description));
      }
    }
    return "";
  }

  private static String subject(Path file) {
    try {
      JsonNode all = Json.read(file);
      JsonNode run = all.has("configuration") ? all.path("configuration") : all;
      JsonNode options = run.has("options") ? run.path("options") : run; // of a sweep
      String trace = name(run.has("traces") ? run.at("/traces/0") : run.path("trace"));
      String model = name(options.path("model"));
      String gpu = name(options.path("gpu"));
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
