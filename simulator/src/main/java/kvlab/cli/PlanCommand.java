package kvlab.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import kvlab.metrics.Row;
import kvlab.plan.DesignOutcome;
import kvlab.plan.Plan;
import kvlab.plan.Slo;
import kvlab.study.Experiment;
import kvlab.study.Stage;
import kvlab.workload.LoadedTrace;
import kvlab.workload.synth.Reshaped;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab plan}: what a GPU holds at an objective, and how many a trace needs. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Finds the largest rate that one server holds at an objective for latency, and the fewest "
          + "GPUs for the trace as it comes, for each design; says what binds and what tokens cost.",
      "The trace is replayed faster and slower, over all of its length; a rate or a number of "
          + "servers is claimed only where its own replay held and the one beside it did not.",
      "Requests longer than the model takes are left out; any other that is not served has "
          + "missed every bound."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab plan TRACE --slo ttft_p99=2s,tpot_p99=100ms",
      "  kvlab plan TRACE --slo ttft=2s,tpot=100ms,attainment=99%% --designs vllm-v1",
      "  kvlab plan TRACE --slo e2e_p95=30s,backlog=2%% --price-per-gpu-hour 1.80"
    })
final class PlanCommand implements Callable<Integer> {
  @Mixin
  TraceParameter trace = new TraceParameter();

  @Option(
      names = "--slo",
      required = true,
      paramLabel = "OBJECTIVE",
      description =
          "Bounds with commas between them: ttft|tpot|itl|e2e _ mean|p50|p90|p95|p99 = TIME; "
              + "ttft|tpot|e2e = TIME on each request with attainment = SHARE%%; backlog = SHARE%%, the "
              + "most that may still queue when the last request arrives (5%% unless given).")
  String slo = "";

  @Option(
      names = "--price-per-gpu-hour",
      paramLabel = "PRICE",
      description = "Also say what a million tokens cost at that price.")
  @Nullable
  Double price;

  @Option(
      names = "--tolerance",
      paramLabel = "SHARE",
      defaultValue = "0.01",
      description = "How far the rate that fails may be above the one that holds (default: 0.01).")
  double tolerance;

  @Option(
      names = "--max-servers",
      paramLabel = "N",
      defaultValue = "256",
      description = "Most servers to try (default: 256).")
  int mostServers;

  @Mixin
  DesignNames named = new DesignNames();

  @Mixin
  RunOptions options = new RunOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    Plan.Settings settings = new Plan.Settings(
        Slo.parse(slo),
        tolerance,
        mostServers,
        price == null ? OptionalDouble.empty() : OptionalDouble.of(price),
        !options.serving.noLeap);
    LoadedTrace<?> loaded = options.trace.load(trace.path());
    Reshaped requests = options.trace.requests(loaded);
    Experiment experiment = options.experiment(requests, named.designs());
    Path target = options.output.out != null
        ? options.output.out
        : TraceRun.defaultFolder("plan", loaded.trace().name());
    SearchLine line = new SearchLine(System.err, Terminal.onStderr());
    Plan plan = new Plan(experiment, requests, settings, line::tell);
    List<DesignOutcome> outcomes;
    try (Stage stage = new Stage(target)) {
      outcomes = plan.run();
      line.end();
      PlanText text = new PlanText(experiment, settings, outcomes, plan.rows(outcomes));
      write(stage.folder().resolve("plan.csv"), plan.rows(outcomes));
      write(stage.folder().resolve("trials.csv"), Plan.trials(outcomes));
      Files.writeString(stage.folder().resolve("plan.json"), text.json());
      options.output.draw(stage.folder());
      stage.publish();
      spec.commandLine().getOut().print(options.output.json ? text.json() : text.table());
    }
    spec.commandLine().getOut().flush();
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%d replays; results in %s%n",
            outcomes.stream().mapToInt(outcome -> outcome.trials().size()).sum(),
            target);
    return ExitCode.OK;
  }

  private static void write(Path file, List<Row> rows) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(String.join(",", rows.get(0).cells().keySet()));
    rows.forEach(row -> lines.add(String.join(",", row.cells().values())));
    Files.writeString(file, String.join("\n", lines) + "\n", StandardCharsets.UTF_8);
  }
}
