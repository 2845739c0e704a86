package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kvlab.calibrate.Errors;
import kvlab.calibrate.OperatorCheck;
import kvlab.calibrate.OperatorCheck.Judged;
import kvlab.calibrate.OperatorCheck.Verdict;
import kvlab.calibrate.OperatorTable;
import kvlab.capacity.Catalogue;
import kvlab.study.Stage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab validate operators}: half of a table of kernel times predicted from the other half. */
@Command(
    name = "operators",
    mixinStandardHelpOptions = true,
    description = {
      "Calibrates on a random half of each table of kernel times and predicts the other half.",
      "A table is a CSV file, plain or gzip, with the columns m,n,k,latency_ms or "
          + "batch_size,input_tokens,past_tokens,num_heads,num_kv_heads,latency_ms."
    })
final class OperatorsCommand implements Callable<Integer> {
  /** Of an H100 or H200, and not far from those of other large GPUs. */
  private static final int USUAL_MULTIPROCESSORS = 132;

  @Parameters(paramLabel = "DIR", description = "Folder of tables.")
  Path folder = Path.of("");

  @Option(
      names = "--gpu",
      description = "GPU whose number of multiprocessors all tables have (default: 132 of them).")
  @Nullable
  String gpu;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Seed of the halves (default: 0).")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write points.csv, every held-out point with its predictions, to DIR.")
  @Nullable
  Path out;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    int multiprocessors =
        gpu == null ? USUAL_MULTIPROCESSORS : Catalogue.open().gpu(gpu).multiprocessors();
    OperatorCheck check = new OperatorCheck(multiprocessors, seed);
    List<Verdict> verdicts = new ArrayList<>();
    for (Path file : OperatorTable.in(folder)) {
      verdicts.addAll(check.check(file));
    }
    if (out != null) {
      try (Stage stage = new Stage(out)) {
        write(verdicts, stage.folder().resolve("points.csv"));
        stage.publish();
      }
    }
    return report(verdicts);
  }

  private int report(List<Verdict> verdicts) {
    TextTable table = new TextTable(
        "table",
        "operator",
        "fitted",
        "judged",
        "MAPE %",
        "p95 %",
        "max %",
        "constants only",
        "p95 %",
        "max %",
        "allowed",
        "verdict",
        "worst MAPE");
    int passed = 0;
    for (Verdict verdict : verdicts) {
      passed += verdict.passes() ? 1 : 0;
      Errors corrected = verdict.corrected();
      Errors plain = verdict.constantsOnly();
      table.row(List.of(
          String.valueOf(verdict.file().getFileName()),
          verdict.operator().toString(),
          Integer.toString(verdict.fitted()),
          Integer.toString(corrected.points()),
          number(corrected.mape()),
          number(corrected.p95()),
          number(corrected.max()),
          number(plain.mape()),
          number(plain.p95()),
          number(plain.max()),
          number(verdict.operator().target()),
          verdict.passes() ? "ok" : "OUTSIDE",
          verdict.worstAt()));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.print(table.render());
    print.println(
        "Errors of held-out points, in percent of the measurement. MAPE: the fitted roofline times a"
            + " correction interpolated from the calibration half; constants only: the roofline alone.");
    print.printf(
        Locale.ROOT, "%d/%d tables within the mean error allowed%n", passed, verdicts.size());
    return passed == verdicts.size() ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }

  private static void write(List<Verdict> verdicts, Path file) throws IOException {
    StringBuilder text = new StringBuilder(
        "table,operator,kind,point,measured_ns,constants_only_ns,corrected_ns,error_percent\n");
    for (Verdict verdict : verdicts) {
      List<String> names = verdict.operator().coordinates();
      for (Judged one : verdict.judged()) {
        List<String> point = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
          point.add(names.get(i) + "=" + String.format(Locale.ROOT, "%s", plain(one.x()[i])));
        }
        text.append(verdict.file().getFileName())
            .append(',')
            .append(verdict.operator())
            .append(',')
            .append(one.label().replace(',', ';').replace('"', '\''))
            .append(',')
            .append(String.join(" ", point))
            .append(String.format(
                Locale.ROOT,
                ",%.1f,%.1f,%.1f,%.2f%n",
                one.measured(),
                one.constantsOnly(),
                one.corrected(),
                100 * (one.corrected() / one.measured() - 1)));
      }
    }
    Files.writeString(file, text.toString().replace("\r\n", "\n"), StandardCharsets.UTF_8);
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
