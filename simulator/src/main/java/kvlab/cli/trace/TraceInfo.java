package kvlab.cli.trace;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import kvlab.workload.LoadedTrace;
import kvlab.workload.Trace;
import kvlab.workload.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab trace info}: a trace in numbers. */
@Command(
    name = "info",
    description = "Show what is in a trace: rows, rates, lengths, reuse of prompt blocks.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab trace info workloads/samples/chat-azure-like.csv",
      "  gunzip -c day.csv.gz | kvlab trace info - --json"
    })
final class TraceInfo implements Callable<Integer> {
  @Mixin
  private TraceArguments trace = new TraceArguments();

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    LoadedTrace<Trace> loaded = trace.load();
    TraceSummary summary = TraceSummary.of(loaded.trace());
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? SummaryJson.of(loaded, summary) : SummaryText.of(loaded, summary));
    out.flush();
    return 0;
  }
}
