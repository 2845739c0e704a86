package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import kvlab.study.Stage;
import kvlab.validate.GoldenCase;
import kvlab.validate.GoldenCheck;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab validate golden}: recorded schedules of the real vLLM, byte for byte. */
@Command(
    name = "golden",
    mixinStandardHelpOptions = true,
    description = {
      "Replays recorded vLLM schedules and compares the logs byte for byte.",
      "A case is a folder with case.json, trace.csv.gz, steps.csv.gz, requests.csv.gz",
      "and perhaps detail.csv.gz."
    })
final class GoldenCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "CASE_DIR", description = "Case folders.")
  List<Path> folders = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write the replayed logs to DIR/<case>/.")
  @Nullable
  Path out;

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    List<GoldenCase> cases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Path folder : folders) {
      GoldenCase golden = GoldenCase.open(folder);
      cases.add(golden);
      if (!names.add(golden.name()) && out != null) {
        throw new InputException(
            folder + ": a second case named " + golden.name() + "; --out would hold one of them");
      }
    }
    if (out == null) {
      return check(cases, Optional.empty());
    }
    try (Stage stage = new Stage(out)) {
      int code = check(cases, Optional.of(stage.folder()));
      stage.publish();
      return code;
    }
  }

  private int check(List<GoldenCase> cases, Optional<Path> logs) throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    int identical = 0;
    long steps = 0;
    for (GoldenCase golden : cases) {
      GoldenCheck.Verdict verdict = GoldenCheck.check(golden);
      if (logs.isPresent()) {
        verdict.write(logs.get().resolve(golden.name()));
      }
      identical += verdict.identical() ? 1 : 0;
      steps += verdict.identical() ? verdict.steps() : 0;
      print.println(verdict.text());
    }
    print.printf(Locale.ROOT, "%,d steps identical%n", steps);
    print.printf(Locale.ROOT, "%d/%d cases identical%n", identical, cases.size());
    return identical == cases.size() ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }
}
