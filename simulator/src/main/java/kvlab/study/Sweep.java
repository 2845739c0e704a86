package kvlab.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import kvlab.design.Design;
import kvlab.json.Json;
import kvlab.metrics.Probe;
import kvlab.workload.InputException;

/**
 * Many configurations, one pass each, as many at once as wanted. What has finished is appended to a
 * journal in the result folder; when all has, {@code sweep.csv} takes its place, with a row for each
 * configuration in the order given. A sweep that was ended goes on from its journal.
 */
public final class Sweep {
  private static final String JOURNAL = "sweep.journal";
  private static final String DESCRIPTION = "sweep.json";
  private static final String TABLE = "sweep.csv";

  /**
   * One row of the result.
   *
   * @param values of the varied options
   * @param experiment makes what the design runs in; may refuse
   */
  public record Configuration(
      List<String> values, Design design, Supplier<Experiment> experiment) {}

  private final List<String> varied;
  private final List<Configuration> configurations;
  private final boolean leaps;

  /**
   * A sweep.
   *
   * @param varied names of the options that have values in each configuration
   */
  public Sweep(List<String> varied, List<Configuration> configurations, boolean leaps) {
    this.varied = List.copyOf(varied);
    this.configurations = List.copyOf(configurations);
    this.leaps = leaps;
  }

  /**
   * Runs what the folder's journal does not have.
   *
   * @param description everything that decides the result
   * @param resume go on with a sweep of the same description
   * @return a row for each configuration, in their order
   */
  public List<SweepRow> run(
      Path folder, ObjectNode description, boolean resume, int threads, Progress progress)
      throws IOException {
    Path file = folder.resolve(JOURNAL);
    requireOurs(folder, description, resume);
    Files.createDirectories(folder);
    try (Journal journal = new Journal(file)) {
      replace(folder.resolve(DESCRIPTION), description.toPrettyString() + "\n");
      List<SweepRow> rows = run(journal, threads, progress);
      replace(folder.resolve(TABLE), table(rows));
      Files.delete(file);
      return rows;
    }
  }

  private static void requireOurs(Path folder, ObjectNode description, boolean resume)
      throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new InputException(folder + ": is a file, not a folder for results");
    }
    boolean unfinished = Files.exists(folder.resolve(JOURNAL));
    if (unfinished && !resume) {
      throw new InputException(
          folder + ": holds a sweep that has not finished; go on with --resume," + " or delete its "
              + JOURNAL);
    }
    Path file = folder.resolve(DESCRIPTION);
    if (resume && Files.exists(file)) {
      JsonNode theirs = Json.read(file);
      Set<String> differ = new LinkedHashSet<>();
      for (var names = description.fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!description.path(name).toString().equals(theirs.path(name).toString())) {
          differ.add(name);
        }
      }
      if (!differ.isEmpty()) {
        throw new InputException(
            folder + ": cannot resume: its sweep is another experiment, of other "
                + String.join(", ", differ));
      }
    }
  }

  private List<SweepRow> run(Journal journal, int threads, Progress progress) throws IOException {
    List<Workers.Task<SweepRow>> tasks = new ArrayList<>();
    for (int i = 0; i < configurations.size(); i++) {
      int index = i;
      if (journal.row(i) == null) {
        tasks.add(() -> {
          SweepRow row = run(configurations.get(index), progress);
          journal.add(index, row);
          return row;
        });
      }
    }
    try {
      Workers.run(tasks, threads);
    } finally {
      progress.end();
    }
    List<SweepRow> rows = new ArrayList<>();
    for (int i = 0; i < configurations.size(); i++) {
      rows.add(Objects.requireNonNull(journal.row(i)));
    }
    return rows;
  }

  private SweepRow run(Configuration configuration, Progress progress) {
    try {
      Experiment experiment = configuration.experiment().get();
      DesignRun run = new DesignRun(experiment, configuration.design());
      List<List<Probe>> watchers = new ArrayList<>();
      for (int replica = 0; replica < experiment.replicas(); replica++) {
        List<Probe> its = new ArrayList<>(List.of(progress.probe(), new Interruption()));
        if (!leaps) {
          its.add(new Probe() {}); // wants to see each step
        }
        watchers.add(its);
      }
      return new SweepRow(run.runEach(watchers).summary().cells(), "", false);
    } catch (InputException e) {
      return new SweepRow(Map.of(), oneLine(e), false);
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      String why = "broken invariant: " + e.getClass().getSimpleName() + ": " + oneLine(e);
      return new SweepRow(Map.of(), why, true);
    }
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", "; ");
  }

  private String table(List<SweepRow> rows) {
    Set<String> columns = new LinkedHashSet<>();
    for (SweepRow row : rows) {
      columns.addAll(row.cells().keySet());
    }
    columns.remove("design");
    StringBuilder text = new StringBuilder();
    for (String name : varied) {
      text.append(cell(name)).append(',');
    }
    text.append("design,");
    for (String column : columns) {
      text.append(column).append(varied.contains(column) ? "_in_force," : ",");
    }
    text.append("failure\n");
    for (int i = 0; i < rows.size(); i++) {
      for (String value : configurations.get(i).values()) {
        text.append(cell(value)).append(',');
      }
      text.append(configurations.get(i).design().name()).append(',');
      for (String column : columns) {
        text.append(rows.get(i).cells().getOrDefault(column, "")).append(',');
      }
      text.append(cell(rows.get(i).failure())).append('\n');
    }
    return text.toString();
  }

  private static String cell(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  private static void replace(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
