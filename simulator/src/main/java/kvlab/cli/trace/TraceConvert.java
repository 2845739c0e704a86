package kvlab.cli.trace;

import java.util.concurrent.Callable;
import kvlab.workload.LoadedTrace;
import kvlab.workload.Trace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab trace convert}: any known format to the native one. */
@Command(
    name = "convert",
    description = "Write a trace of any known format as native CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab trace convert AzureLLMInferenceTrace_conv.csv azure.csv.gz",
      "  kvlab trace convert conversation.jsonl half.csv --rate-scale 0.5 --limit 1000"
    })
final class TraceConvert implements Callable<Integer> {
  @Mixin
  private TraceArguments trace = new TraceArguments();

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "File to write, compressed if it ends in .gz or .zst; - for standard output.")
  private String out = "";

  @Option(
      names = "--rate-scale",
      paramLabel = "X",
      description = "Let requests arrive X times as fast.")
  private double rateScale = 1;

  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    LoadedTrace loaded = trace.load();
    Trace scaled = rateScale == 1 ? loaded.trace() : loaded.trace().scaleRate(rateScale);
    TraceOutput.write(scaled, out, spec.commandLine().getErr());
    loaded
        .rows()
        .droppedByReason()
        .forEach((reason, n) -> spec.commandLine().getErr().println(n + " dropped: " + reason));
    if (!loaded.timed()) {
      spec.commandLine().getErr().println("the source has no times; all requests arrive at 0");
    }
    return 0;
  }
}
