package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import kvlab.report.ChartFormat;
import kvlab.report.Charts;
import kvlab.report.RunFiles;
import kvlab.study.Stage;
import kvlab.validate.MeasuredCheck;
import kvlab.validate.MeasuredCheck.Figure;
import kvlab.validate.MeasuredCheck.Outcome;
import kvlab.validate.MeasuredFiles;
import kvlab.validate.OtherPrediction;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab validate measured}: a recorded serving run, measured beside predicted. */
@Command(
    name = "measured",
    mixinStandardHelpOptions = true,
    description = {
      "Repeats a recorded serving run of vLLM and compares latency, concurrency and KV use.",
      "A run is a folder with engine.json, requests.csv.gz and perhaps timeseries.csv and profile/tpN."
    })
final class MeasuredCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The recorded run.")
  Path folder = Path.of("");

  @Option(
      names = "--step-time",
      paramLabel = "MODEL",
      description = "Step-time model (default: profile:DIR/profile).")
  @Nullable
  String stepTime;

  @Option(names = "--model", paramLabel = "NAME", description = "In place of the one recorded.")
  @Nullable
  String model;

  @Option(names = "--gpu", paramLabel = "NAME", description = "In place of the one recorded.")
  @Nullable
  String gpu;

  @Option(
      names = {"--pages", "--num-gpu-blocks"},
      paramLabel = "N",
      description = "Pages, in place of the number recorded or worked out.")
  @Nullable
  Integer pages;

  @Option(
      names = "--set",
      paramLabel = "OPTION=VALUE",
      description = "An option of the vllm-v1 design, in place of the one recorded.")
  Map<String, String> set = new LinkedHashMap<>();

  @Option(
      names = "--tolerance",
      paramLabel = "PERCENT",
      description = "What a figure may be off by (default: ${DEFAULT-VALUE}).")
  double tolerance = 1.5;

  @Option(
      names = "--charts",
      split = ",",
      paramLabel = "FORMAT",
      description = "Draw charts as svg, pdf, png (comma-separated; default: svg).")
  Set<ChartFormat> charts = EnumSet.of(ChartFormat.SVG);

  @Option(names = "--out", paramLabel = "DIR", description = "Where tables and charts go.")
  @Nullable
  Path out;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    if (!(tolerance >= 0)) {
      throw new InputException("--tolerance must be at least 0: " + tolerance);
    }
    if (pages != null && pages < 2) {
      throw new InputException("--pages must be at least 2: " + pages);
    }
    Outcome outcome = MeasuredCheck.check(
        folder,
        Optional.ofNullable(model),
        Optional.ofNullable(gpu),
        pages == null ? OptionalInt.empty() : OptionalInt.of(pages),
        Optional.ofNullable(stepTime),
        set);
    Path target =
        Objects.requireNonNullElse(out, Path.of("results", "local", "measured-" + outcome.name()));
    try (Stage stage = new Stage(target)) {
      MeasuredFiles.write(outcome, stage.folder());
      RunFiles run = RunFiles.open(stage.folder());
      Charts.draw(Charts.of(run), run, stage.folder().resolve("charts"), charts);
      stage.publish();
    }
    PrintWriter err = spec.commandLine().getErr();
    outcome.notes().forEach(err::println);
    err.printf(
        Locale.ROOT,
        "replayed in %.0f ms of processor time, %.0f ms once warm%n",
        outcome.engineMillis()[0],
        outcome.engineMillis()[1]);
    err.println("results in " + target);
    return tell(outcome);
  }

  private int tell(Outcome outcome) {
    PrintWriter print = spec.commandLine().getOut();
    Map<String, Double> other = OtherPrediction.errors(folder);
    print.println(
        outcome.name() + ", " + outcome.requests().size() + " requests, " + outcome.stepTime());
    print.println();
    TextTable table =
        new TextTable("figure", "unit", "measured", "predicted", "error", "LLMServingSim 2.0");
    for (Figure f : outcome.figures()) {
      table.row(List.of(
          f.name(),
          f.unit(),
          String.format(Locale.ROOT, "%.3f", f.measured()),
          String.format(Locale.ROOT, "%.3f", f.predicted()),
          signed(f.error()) + (f.unit().equals("%") ? " points" : " %"),
          other.containsKey(f.name()) ? signed(other.get(f.name())) + " %" : "-"));
    }
    print.print(table.render());
    Figure worst = outcome.worst();
    boolean within = Math.abs(worst.error()) <= tolerance;
    print.printf(
        Locale.ROOT,
        "%nworst: %s %s %%, %s the tolerance of %s %%%n",
        worst.name(),
        signed(worst.error()),
        within ? "within" : "OUTSIDE",
        tolerance);
    return within ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private static String signed(double error) {
    return String.format(Locale.ROOT, "%+.2f", error);
  }
}
