package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import kvlab.validate.PaperCheck;
import kvlab.validate.PaperCheck.Comparison;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab validate paper}: published figures beside simulated ones. */
@Command(
    name = "paper",
    mixinStandardHelpOptions = true,
    description = "Reproduces Fig. 2, 13 and 15 of PagedAttention (Kwon et al., SOSP 2023) "
        + "from the request lengths of the paper's artifact.")
final class PaperCommand implements Callable<Integer> {
  @Option(
      names = "--traces",
      paramLabel = "DIR",
      description = "Folder with sosp23_sharegpt_opt_lengths.csv.gz (default: ../shared/traces).")
  @Nullable
  Path traces;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Also write the comparison there, as paper.csv.")
  @Nullable
  Path target;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    Path home = Path.of(Objects.requireNonNullElse(System.getProperty("kvlab.home"), ""));
    Path folder = traces == null ? home.resolve("../shared/traces").normalize() : traces;
    List<Comparison> comparisons = PaperCheck.open(folder).run();
    if (target != null) {
      write(comparisons, Files.createDirectories(target).resolve("paper.csv"));
    }
    TextTable table = new TextTable(
        "figure",
        "design",
        "quantity",
        "setting",
        "published",
        "simulated",
        "difference",
        "allowed",
        "verdict");
    int judged = 0;
    int passed = 0;
    for (Comparison comparison : comparisons) {
      boolean isJudged = !Double.isNaN(comparison.tolerance());
      judged += isJudged ? 1 : 0;
      passed += isJudged && comparison.passes() ? 1 : 0;
      table.row(List.of(
          comparison.figure(),
          comparison.design(),
          comparison.quantity(),
          comparison.setting(),
          number(comparison.published()),
          number(comparison.simulated()),
          String.format(Locale.ROOT, "%+.2f", Math.round(100 * comparison.difference()) / 100.0),
          isJudged ? number(comparison.tolerance()) : "-",
          verdict(comparison)));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(table.render());
    out.println(
        "Fig. 2 in percent of 983 x 16 slots, means over steps; Fig. 13 in running requests.");
    out.println(
        "The vLLM row of Fig. 13 is not saturated: it depends on the step time, shown beside it.");
    out.println(
        "Fig. 15 in percent of the entries of page tables; beams by the law of who survives.");
    out.printf(Locale.ROOT, "%d/%d figures within tolerance%n", passed, judged);
    return passed == judged ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private static String verdict(Comparison comparison) {
    if (Double.isNaN(comparison.tolerance())) {
      return "reported";
    }
    return comparison.passes() ? "ok" : "OUTSIDE";
  }

  private static void write(List<Comparison> comparisons, Path file) throws IOException {
    StringBuilder csv =
        new StringBuilder("figure,design,quantity,setting,published,simulated,allowed,verdict\n");
    for (Comparison each : comparisons) {
      csv.append(String.join(
              ",",
              each.figure(),
              each.design(),
              each.quantity(),
              each.setting(),
              number(each.published()),
              number(each.simulated()),
              Double.isNaN(each.tolerance()) ? "" : number(each.tolerance()),
              verdict(each)))
          .append('\n');
    }
    Files.writeString(file, csv);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
