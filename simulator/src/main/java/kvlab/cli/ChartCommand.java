package kvlab.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import kvlab.report.ChartFormat;
import kvlab.report.Charts;
import kvlab.report.RunFiles;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab chart}: pictures from result files. */
@Command(
    name = "chart",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Draws charts from the result files of compare, replay, sweep, plan or validate, or from one "
            + "table of them; what there is to draw is in 'kvlab list charts'.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab chart results/local/compare-chat-azure-like --format pdf,png",
      "  kvlab chart DIR --chart concurrency --designs vllm-v1,orca-max --format pdf",
      "  kvlab chart DIR/sweep.csv --out figures"
    })
final class ChartCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR|CSV", description = "Result folder, or one of its tables.")
  Path results = Path.of("");

  @Option(
      names = "--chart",
      split = ",",
      paramLabel = "NAME",
      description = "Charts to draw, comma-separated (default: all that the files have).")
  List<String> names = new ArrayList<>();

  @Option(
      names = "--designs",
      split = ",",
      paramLabel = "NAME",
      description = "Draw these designs only, comma-separated (default: all).")
  List<String> designs = new ArrayList<>();

  @Option(
      names = "--format",
      split = ",",
      paramLabel = "FORMAT",
      description = "svg, pdf, png (comma-separated; default: svg).")
  Set<ChartFormat> formats = EnumSet.of(ChartFormat.SVG);

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where charts go (default: charts in the result folder).")
  @Nullable
  Path out;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    if (!Files.exists(results)) {
      throw new InputException(results + ": there are no such results");
    }
    RunFiles run = RunFiles.open(results).of(designs);
    Set<Charts> there = Charts.of(run);
    List<Charts> wanted = names.stream().map(Charts::named).toList();
    if (wanted.isEmpty()) {
      wanted = List.copyOf(there);
    }
    if (wanted.isEmpty()) {
      throw new InputException(results + ": has no table that a chart is made from");
    }
    for (Charts chart : wanted) {
      if (!there.contains(chart)) {
        throw new InputException(results + ": no chart " + chart + " can be made from it; there "
            + (there.isEmpty()
                ? "is none"
                : "are " + there.stream().map(Charts::toString).collect(Collectors.joining(", "))));
      }
    }
    for (Path file : Charts.draw(wanted, run, target(), formats)) {
      spec.commandLine().getOut().println(file);
    }
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }

  private Path target() {
    if (out != null) {
      return out;
    }
    Path folder =
        Files.isDirectory(results) ? results : results.toAbsolutePath().getParent();
    return (folder == null ? Path.of("") : folder).resolve("charts");
  }
}
