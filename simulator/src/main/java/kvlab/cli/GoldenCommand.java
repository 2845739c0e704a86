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
      "A case is a folder with case.json, trace.csv.gz, steps.csv.gz, requests.csv.gz "
          + "and perhaps detail.csv.gz."
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
    for (Path folder : folders) {
      cases.add(GoldenCase.open(folder));
    }
    if (out == null) {
      return check(cases, Optional.empty(), List.of());
    }
    List<Path> places = places(cases);
    try (Stage stage = new Stage(out)) {
      int code = check(cases, Optional.of(stage.folder()), places);
      stage.publish();
      return code;
    }
  }

  /** Where the logs of each case go: its name, under that of its parent where two have one name. */
  private List<Path> places(List<GoldenCase> cases) {
    Set<String> once = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (GoldenCase golden : cases) {
      if (!once.add(golden.name())) {
        twice.add(golden.name());
      }
    }
    List<Path> places = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      String name = cases.get(i).name();
      Path parent = folders.get(i).toAbsolutePath().normalize().getParent();
      Path place = twice.contains(name) && parent != null && parent.getFileName() != null
          ? parent.getFileName().resolve(name)
          : Path.of(name);
      if (places.contains(place)) {
        throw new InputException(
            folders.get(i) + ": a second case named " + place + "; --out would hold one of them");
      }
      places.add(place);
    }
    return places;
  }

  private int check(List<GoldenCase> cases, Optional<Path> logs, List<Path> places)
      throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    int identical = 0;
    long steps = 0;
    for (int i = 0; i < cases.size(); i++) {
      GoldenCheck.Verdict verdict = GoldenCheck.check(cases.get(i));
      if (logs.isPresent()) {
        verdict.write(logs.get().resolve(places.get(i)));
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
