package kvlab.cli;

import java.io.PrintWriter;
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
    description = {
      "Reproduces Fig. 2, 13 and 15 of PagedAttention (Kwon et al., SOSP 2023)",
      "from the request lengths of the paper's artifact."
    })
final class PaperCommand implements Callable<Integer> {
  @Option(
      names = "--traces",
      paramLabel = "DIR",
      description = "Folder with sosp23_sharegpt_opt_lengths.csv.gz (default: ../shared/traces).")
  @Nullable
  Path traces;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Path home = Path.of(Objects.requireNonNullElse(System.getProperty("kvlab.home"), ""));
    Path folder = traces == null ? home.resolve("../shared/traces").normalize() : traces;
    List<Comparison> comparisons = PaperCheck.open(folder).run();
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
          isJudged ? (comparison.passes() ? "ok" : "OUTSIDE") : "reported"));
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

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
