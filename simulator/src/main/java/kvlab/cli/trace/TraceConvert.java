package kvlab.cli.trace;

import java.util.Optional;
import java.util.concurrent.Callable;
import kvlab.workload.LoadedTrace;
import kvlab.workload.RequestSource;
import kvlab.workload.TraceFormat;
import kvlab.workload.synth.Reshaped;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab trace convert}: any known format to one of this program. */
@Command(
    name = "convert",
    description =
        "Write a trace of any known format as native CSV, or as binary columns that replay from the "
            + "mapped file, however large. A file whose requests stand in order of arrival is never held in "
            + "memory.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab trace convert AzureLLMInferenceTrace_conv.csv azure.csv.gz",
      "  kvlab trace convert week.csv.gz week.bin",
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

  @Option(
      names = "--to",
      paramLabel = "F",
      description = "native (CSV) or bin; else by the name of OUT, bin for .bin.")
  private Optional<String> to = Optional.empty();

  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    LoadedTrace<?> loaded = trace.scan();
    RequestSource scaled = Reshaped.of(loaded.trace()).withRateScale(rateScale);
    TraceOutput.write(
        scaled,
        to.map(TraceFormat::named),
        loaded.timed(),
        out,
        spec.commandLine().getErr());
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
