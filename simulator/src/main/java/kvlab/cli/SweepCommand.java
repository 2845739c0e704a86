package kvlab.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import kvlab.design.Design;
import kvlab.json.Json;
import kvlab.report.html.Report;
import kvlab.study.Axis;
import kvlab.study.Progress;
import kvlab.study.StepTimes;
import kvlab.study.Sweep;
import kvlab.study.SweepRow;
import kvlab.workload.InputException;
import kvlab.workload.LoadedTrace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab sweep}: one trace through every combination of designs and values of options. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Replays a trace through every combination of designs and values of options.",
      "Writes sweep.csv, a row for each; one that fails has its reason in the last column."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab sweep TRACE --designs vllm-v1,orca-max --vary page-tokens=1,8,16..256x2",
      "  kvlab sweep TRACE --vary rate-scale=1:4:0.5 --vary max-num-seqs=64..512x2",
      "  kvlab sweep TRACE --vary gpu=a100-80g,h100-80g --vary watermark=0:0.1:0.02",
      "  kvlab sweep TRACE --vary 'step-time=roofline;linear:5000000,20000,3'",
      "  kvlab sweep TRACE --vary pages=1000:8000:500 --out big --resume   after it was killed"
    })
final class SweepCommand implements Callable<Integer> {
  private static final int MOST_POINTS = 1_000_000;

  @Mixin
  TraceParameter trace = new TraceParameter();

  @Option(
      names = "--vary",
      required = true,
      paramLabel = "OPTION=VALUES",
      description = {
        "Values of an option of a run or of a design: A,B,C; FROM:TO:STEP; FROM..TOxFACTOR; "
            + "several of these with commas between them, with semicolons where a value has commas.",
        "Repeatable; the last one given changes fastest but for the designs."
      })
  List<String> vary = new ArrayList<>();

  @Mixin
  DesignNames named = new DesignNames();

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "Configurations to run at once (default: as many as cores).")
  int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--resume",
      description = "Go on with the sweep in --out; what it has finished is not run again.")
  boolean resume;

  @Mixin
  FleetOptions options = new FleetOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    if (jobs < 1) {
      throw new InputException("--jobs must be at least 1: " + jobs);
    }
    List<Design> chosen = named.designs();
    List<Axis> axes = vary.stream().map(Axis::parse).toList();
    SweepPoints points = new SweepPoints(spec.commandLine(), axes);
    points.requireKnown(chosen);
    String path = trace.path();

    List<Sweep.Configuration> configurations = new ArrayList<>();
    List<LoadedTrace<?>> traces = new ArrayList<>(); // those that differ
    Set<String> clocks = new TreeSet<>();
    long requests = 0;
    for (List<String> values : Axis.grid(axes, MOST_POINTS / chosen.size())) {
      RunOptions point = points.options(values);
      LoadedTrace<?> loaded = points.load(point, path);
      if (!traces.contains(loaded)) {
        traces.add(loaded);
      }
      clock(point, loaded, chosen, clocks);
      for (Design design : chosen) {
        configurations.add(new Sweep.Configuration(
            values, design, () -> point.experiment(point.trace.requests(loaded), chosen)));
        requests += loaded.trace().requests() * Math.max(1, point.trace.samples);
      }
    }
    return run(axes, configurations, describe(axes, chosen, points, traces, clocks), requests);
  }

  /** The step times in force say what a file of constants holds; a point that cannot be has none. */
  private static void clock(
      RunOptions point, LoadedTrace<?> loaded, List<Design> designs, Set<String> clocks) {
    try {
      var experiment = point.experiment(loaded.trace(), designs);
      clocks.add(StepTimes.parse(experiment.stepTime(), experiment.hardware()).toString());
    } catch (InputException fails) {
      clocks.add(String.valueOf(fails.getMessage())); // so will its rows
    }
  }

  private Integer run(
      List<Axis> axes,
      List<Sweep.Configuration> configurations,
      ObjectNode description,
      long requests)
      throws Exception {
    Path folder = options.output.out != null
        ? options.output.out
        : TraceRun.defaultFolder("sweep", description.at("/traces/0/name").asText());
    String what = String.format(Locale.ROOT, "sweeping %,d configurations", configurations.size());
    Progress progress = new Progress(System.err, Terminal.onStderr(), what, requests);
    List<String> names = axes.stream().map(Axis::name).toList();
    List<SweepRow> rows = new Sweep(names, configurations, !options.serving.noLeap)
        .run(folder, description, resume, jobs, progress);
    options.output.draw(folder);
    if (!options.output.noCharts) {
      Report.write(folder);
    }
    var out = spec.commandLine().getOut();
    out.print(
        options.output.json
            ? SweepText.json(names, configurations, rows)
            : SweepText.table(names, configurations, rows));
    out.flush();
    spec.commandLine().getErr().println("results in " + folder);
    if (!options.output.noCharts) {
      spec.commandLine().getErr().println("open " + folder.resolve(Report.NAME));
    }
    return exit(rows);
  }

  /** Rows may fail; it is an error when all do, and a fault of kvlab when one breaks. */
  private int exit(List<SweepRow> rows) {
    long failed = rows.stream().filter(SweepRow::failed).count();
    if (failed > 0) {
      SweepRow first = rows.stream().filter(SweepRow::failed).findFirst().orElseThrow();
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "kvlab: %,d of %,d configurations failed; the first: %s%n",
              failed,
              rows.size(),
              first.failure());
    }
    if (rows.stream().anyMatch(SweepRow::broken)) {
      return ExitCode.BROKEN;
    }
    return failed == rows.size() ? ExitCode.BAD_INPUT : ExitCode.OK;
  }

  private static ObjectNode describe(
      List<Axis> axes,
      List<Design> designs,
      SweepPoints points,
      List<LoadedTrace<?>> traces,
      Set<String> clocks) {
    ObjectNode root = Json.object();
    root.put("kvlab", Version.text());
    ArrayNode files = root.putArray("traces");
    for (LoadedTrace<?> loaded : traces) {
      files
          .addObject()
          .put("name", loaded.trace().name())
          .put("sha256", loaded.sha256())
          .put("format", loaded.format().id())
          .put("rows_read", loaded.rows().read())
          .put("rows_used", loaded.rows().used());
    }
    ObjectNode vary = root.putObject("vary");
    axes.forEach(axis -> axis.values().forEach(vary.putArray(axis.name())::add));
    ArrayNode names = root.putArray("designs");
    designs.forEach(design -> names.add(design.name()));
    ObjectNode common = root.putObject("options");
    points.common().forEach(common::put);
    ArrayNode times = root.putArray("step_times_in_force");
    clocks.forEach(times::add);
    return root;
  }
}
