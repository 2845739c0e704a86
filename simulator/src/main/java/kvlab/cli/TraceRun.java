package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.metrics.Rejection;
import kvlab.report.RunFiles;
import kvlab.report.html.Report;
import kvlab.study.DesignResult;
import kvlab.study.Experiment;
import kvlab.study.Progress;
import kvlab.study.ResultFiles;
import kvlab.study.RunJson;
import kvlab.study.Stage;
import kvlab.study.Study;
import kvlab.text.Decimals;
import kvlab.workload.InputException;
import kvlab.workload.LoadedTrace;
import kvlab.workload.RowCounts;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code compare} and {@code replay} do: read, run, write, print. */
final class TraceRun {
  private final RunOptions options;
  private final RecordOptions.Records records;
  private final String command;
  private final PrintWriter out;
  private final PrintWriter err;

  TraceRun(CommandSpec spec, RunOptions options, RecordOptions.Records records) {
    this.options = options;
    this.records = records;
    this.command = Words.of(spec);
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
  }

  int run(String tracePath, List<Design> designs, String label) throws IOException {
    LoadedTrace<?> loaded = options.trace.load(tracePath);
    Experiment experiment = options.experiment(options.trace.requests(loaded), designs);
    Path target = target(loaded, label);
    try (Stage stage = new Stage(target)) {
      List<DesignResult> results = replay(experiment, stage);
      ResultFiles.write(results, stage.folder());
      requireSomethingServed(results, stage.folder());
      requireSomethingInWindow(experiment, results);
      RunJson.write(
          experiment,
          loaded,
          options.trace.timing(),
          results,
          Version.text(),
          command,
          stage.folder().resolve("run.json"));
      print(experiment, results);
      tellTrace(loaded);
      tellRaised(experiment, results);
      tellUnserved(experiment, results);
      tellStepTimes(results);
      if (!options.output.noCharts) {
        RunFiles made = RunFiles.open(stage.folder());
        options.output.draw(made, stage.folder());
        Report.write(made, stage.folder());
      }
      forgetFilms(designs, stage.folder(), target);
      stage.publish();
    }
    err.println("results in " + target);
    if (!options.output.noCharts) {
      err.println("open " + target.resolve(Report.NAME));
    }
    return ExitCode.OK;
  }

  /** A film of an earlier run in the folder is not of this one; a design that was not filmed has none. */
  private static void forgetFilms(List<Design> designs, Path made, Path target) throws IOException {
    for (Design design : designs) {
      if (!Files.exists(Study.film(made, design.name()))) {
        Files.deleteIfExists(Study.film(target, design.name()));
      }
    }
  }

  private List<DesignResult> replay(Experiment experiment, Stage stage) throws IOException {
    long requests = experiment.trace().requests() * experiment.designs().size();
    Progress progress = new Progress(System.err, Terminal.onStderr(), "replaying", requests);
    Study study =
        new Study(experiment, records.logs, stage.folder()).withEventsOf(records.eventsRequests);
    if (!options.output.noCharts && !records.noMap) {
      study.filming();
    }
    return (options.serving.noLeap ? study.withoutLeaping() : study).run(progress);
  }

  private void tellTrace(LoadedTrace<?> loaded) {
    RowCounts rows = loaded.rows();
    err.println(loaded.trace().name() + ": " + Decimals.grouped(rows.read()) + " rows read, "
        + Decimals.grouped(rows.used()) + " used, " + Decimals.grouped(rows.dropped())
        + " dropped");
    rows.droppedByReason()
        .forEach(
            (reason, count) -> err.println("  " + Decimals.grouped(count) + " dropped: " + reason));
    if (rows.reordered() > 0) {
      err.println("  " + Decimals.grouped(rows.reordered()) + " rows put in order of arrival");
    }
    if (!loaded.timed() && options.trace.arrivals == null) {
      err.println(
          "  the trace has no times: all requests arrive at once (--arrivals gives them times)");
    }
  }

  /** Says where an option could not have the value asked for. */
  private void tellRaised(Experiment experiment, List<DesignResult> results) {
    for (DesignResult result : results) {
      for (Option option : result.options().all()) {
        String asked = experiment.options().get(option.name());
        if (asked != null && !asked.strip().equalsIgnoreCase(option.value())) {
          err.printf(
              Locale.ROOT,
              "%s: %s is %s in place of %s (%s)%n",
              result.design().name(),
              option.name(),
              option.value(),
              asked,
              option.help());
        }
      }
    }
  }

  private void tellStepTimes(List<DesignResult> results) {
    for (DesignResult result : results) {
      if (!result.stepTimeRemark().isEmpty()) {
        err.println(result.design().name() + ": " + result.stepTimeRemark());
      }
    }
  }

  /** Says why requests were turned away, once for all designs that did so alike. */
  private void tellUnserved(Experiment experiment, List<DesignResult> results) {
    Map<String, List<String>> designsByWhat = new LinkedHashMap<>();
    for (DesignResult result : results) {
      for (Rejection reason : Rejection.values()) {
        long count = result.outcome().rejected(reason);
        if (count > 0) {
          String what = Decimals.grouped(count) + " rejected: " + reason.text();
          designsByWhat
              .computeIfAbsent(what, w -> new ArrayList<>())
              .add(result.design().name());
        }
      }
      if (result.outcome().unfinished() > 0) {
        String what =
            Decimals.grouped(result.outcome().unfinished()) + " unfinished: the run was cut";
        designsByWhat
            .computeIfAbsent(what, w -> new ArrayList<>())
            .add(result.design().name());
      }
    }
    designsByWhat.forEach((what, names) -> err.println(what
        + " (" + lengthLimit(experiment) + "; "
        + (names.size() == results.size() ? "every design" : String.join(", ", names))
        + "); listed in unserved.csv"));
  }

  /** The longest sequence, and what bounds it where it is not the model and not the user. */
  private String lengthLimit(Experiment experiment) {
    int limit = experiment.maxModelTokens();
    boolean boundByPool = options.serving.maxModelTokens == null
        && limit < experiment.hardware().model().maxModelTokens();
    return "max-model-len " + limit
        + (boundByPool
            ? ", all that a pool of " + experiment.memory().slots() + " slots holds"
            : "");
  }

  private static void requireSomethingServed(List<DesignResult> results, Path folder)
      throws IOException {
    for (DesignResult result : results) {
      if (result.outcome().finished() > 0) {
        return;
      }
    }
    DesignResult first = results.get(0);
    throw new InputException(String.format(
        Locale.ROOT,
        "no design can serve any request: the pool has %d pages of %d tokens and the longest"
            + " sequence allowed is %s tokens; the first request turned away: %s",
        first.pool().pages(),
        first.pool().pageTokens(),
        first.summary().cells().get("max_model_len"),
        firstUnserved(folder)));
  }

  private static String firstUnserved(Path folder) throws IOException {
    try (Stream<String> lines = Files.lines(folder.resolve("unserved.csv"))) {
      return lines.skip(1).findFirst().orElse("none");
    }
  }

  private static void requireSomethingInWindow(Experiment experiment, List<DesignResult> results) {
    for (DesignResult result : results) {
      if (result.outcome().finished() > 0 && result.waste().nanos() == 0) {
        throw new InputException(String.format(
            Locale.ROOT,
            "the window from %.3f s to %.3f s holds nothing of the run of %s, which took %.3f s",
            experiment.window().fromNanos() / 1e9,
            experiment.window().toNanos() / 1e9,
            result.design().name(),
            result.outcome().makespanSeconds()));
      }
    }
  }

  private void print(Experiment experiment, List<DesignResult> results) {
    if (options.output.json) {
      out.println(ResultText.json(results));
    } else {
      out.print(ResultText.table(experiment, results, Terminal.columns()));
    }
    out.flush();
  }

  private Path target(LoadedTrace<?> loaded, String label) {
    if (options.output.out != null) {
      return options.output.out;
    }
    return defaultFolder(label, loaded.trace().name());
  }

  /** Where results go unless {@code --out} says. */
  static Path defaultFolder(String label, String trace) {
    String name = trace.replaceAll("[^A-Za-z0-9._-]", "_");
    return Path.of("results", "local", label + "-" + name.replaceAll("\\.(csv|jsonl)$", ""));
  }
}
