package kvlab.cli.trace;

import java.util.Optional;
import java.util.concurrent.Callable;
import kvlab.workload.TraceFormat;
import kvlab.workload.synth.Arrivals;
import kvlab.workload.synth.Lengths;
import kvlab.workload.synth.TraceRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab trace generate}: a trace from laws of arrival and length. */
@Command(
    name = "generate",
    description = {
      "Make a trace from laws of arrival and length; the same options, the same bytes.",
      "",
      "Arrivals, RATE in requests per second, CV of the gaps (1 is Poisson):",
      "  poisson:RATE",
      "  gamma:RATE,CV",
      "  fixed:RATE",
      "  all-at-once",
      "Lengths, SIGMA of the natural logarithm, FILE as CSV quantile,tokens from 0 to 1:",
      "  fixed:TOKENS",
      "  lognormal:MEDIAN,SIGMA[,MIN,MAX]",
      "  quantiles:FILE",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab trace generate --arrivals poisson:4 --prompt lognormal:200,1.2 \\",
      "      --output lognormal:150,0.9 --max-total 4096 --requests 1000 --seed 1 \\",
      "      --out chat.csv.gz",
      "  kvlab trace generate --arrivals all-at-once --prompt fixed:512 \\",
      "      --output fixed:128 --requests 256 --out batch.csv"
    })
final class TraceGenerate implements Callable<Integer> {
  @Option(
      names = "--arrivals",
      required = true,
      paramLabel = "LAW",
      description = "When requests arrive.")
  private String arrivals = "";

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "LAW",
      description = "How long prompts are.")
  private String prompt = "";

  @Option(
      names = "--output",
      required = true,
      paramLabel = "LAW",
      description = "How long outputs are.")
  private String output = "";

  @Option(
      names = "--requests",
      required = true,
      paramLabel = "N",
      description = "How many requests.")
  private long requests;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of all randomness; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--max-total",
      paramLabel = "TOKENS",
      description = "Most tokens of prompt and output together; longer pairs are drawn anew.")
  private long maxTotalTokens = TraceRecipe.UNLIMITED;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "File to write, compressed if it ends in .gz or .zst; - for standard output.")
  private String out = "";

  @Option(
      names = "--to",
      paramLabel = "F",
      description = "native (CSV) or bin; else by the name of the file, bin for .bin.")
  private Optional<String> to = Optional.empty();

  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    TraceRecipe recipe = new TraceRecipe(
        out,
        requests,
        seed,
        Arrivals.parse(arrivals),
        Lengths.parse(prompt),
        Lengths.parse(output),
        maxTotalTokens);
    TraceOutput.write(
        recipe, to.map(TraceFormat::named), true, out, spec.commandLine().getErr());
    return 0;
  }
}
