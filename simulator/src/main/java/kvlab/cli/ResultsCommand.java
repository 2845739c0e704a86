package kvlab.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kvlab.results.ExperimentFile;
import kvlab.results.ExperimentFile.Kept;
import kvlab.study.Environment;
import kvlab.workload.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab results}: runs the commands of experiment files and writes their pages. */
@Command(
    name = "results",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs the commands in DIR/experiment.md, keeps the files that it names and writes DIR/README.md, "
            + "in which every number is read from those files. Commands run in the root of the repository.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  kvlab results results/2026-11-26-page-size            regenerate a folder",
      "  kvlab results --check results/2026-11-26-page-size    the same bytes again?",
      "  kvlab results --text results/claims                   after a change of words only"
    })
final class ResultsCommand implements Callable<Integer> {
  private static final String FAULT = "kvlab: "; // begins the line of a command that fails

  @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders with an experiment.md.")
  List<Path> folders = new ArrayList<>();

  @Option(
      names = "--check",
      description = "Change nothing: run it all and compare tables (CSV) and page byte by byte.")
  boolean check;

  @Option(names = "--text", description = "Run nothing: write the page anew from the files there.")
  boolean textOnly;

  @Spec
  CommandSpec spec = CommandSpec.create();

  private final Path home =
      Path.of(Objects.requireNonNullElse(System.getProperty("kvlab.home"), "")).toAbsolutePath();

  @Override
  public Integer call() throws Exception {
    if (check && textOnly) {
      throw new InputException("--check runs all of it, --text nothing; give one of them");
    }
    boolean same = true;
    List<String> leftOut = new ArrayList<>();
    for (Path folder : folders) {
      try {
        same &= make(folder);
      } catch (InputException lacks) {
        leftOut.add(folder.toString());
        if (folders.size() == 1) {
          throw lacks;
        }
        spec.commandLine().getErr().println("left out: " + folder + ": " + lacks.getMessage());
      }
    }
    if (!same) {
      return ExitCode.CHECK_FAILED;
    }
    if (!leftOut.isEmpty()) {
      throw new InputException("left out, for the reasons above: " + String.join(", ", leftOut));
    }
    return ExitCode.OK;
  }

  /** Makes a folder's tables and page, or compares them; whether they are the same bytes. */
  private boolean make(Path folder) throws IOException, InterruptedException {
    ExperimentFile experiment = ExperimentFile.read(folder);
    if (!textOnly) {
      for (List<String> command : experiment.commands()) {
        run(command);
      }
    }
    if (check) {
      return compare(folder, experiment);
    }
    write(experiment, folder);
    spec.commandLine().getErr().println("written: " + folder.resolve("README.md"));
    return true;
  }

  /** As typed in the root: a process of its own, because nothing else gives it that folder. */
  private void run(List<String> command) throws IOException, InterruptedException {
    spec.commandLine().getErr().println("kvlab " + String.join(" ", command));
    List<String> line = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String path = System.getProperty("java.class.path");
    StringBuilder absolute = new StringBuilder();
    for (String each : path.split(File.pathSeparator, -1)) {
      absolute.append(Path.of(each).toAbsolutePath()).append(File.pathSeparator);
    }
    line.addAll(List.of("-Dkvlab.home=" + home, "-cp", absolute.toString(), Main.class.getName()));
    line.addAll(command);
    Path told = Files.createTempFile("kvlab-results", ".txt");
    try {
      int code = new ProcessBuilder(line)
          .directory(home.toFile())
          .redirectErrorStream(true)
          .redirectOutput(told.toFile())
          .start()
          .waitFor();
      if (code != ExitCode.OK) {
        throw new InputException(reason(Files.readAllLines(told)) + " ('kvlab "
            + String.join(" ", command) + "' ended with exit code " + code + ")");
      }
    } finally {
      Files.delete(told);
    }
  }

  /** The line in which a command says what is wrong, or the last that it has written. */
  private static String reason(List<String> told) {
    for (String line : told) {
      if (line.startsWith(FAULT)) {
        return line.substring(FAULT.length());
      }
    }
    return told.isEmpty() ? "no word of why" : told.get(told.size() - 1);
  }

  private void write(ExperimentFile experiment, Path to) throws IOException {
    if (!textOnly) {
      for (Kept kept : experiment.kept()) {
        Files.copy(
            home.resolve(kept.path()),
            to.resolve(kept.name()),
            StandardCopyOption.REPLACE_EXISTING);
      }
      if (!experiment.commands().isEmpty()) {
        Environment.write(Version.text(), to.resolve("environment.json"));
      }
    }
    for (Map.Entry<String, String> file : experiment.files(to).entrySet()) {
      Files.writeString(to.resolve(file.getKey()), file.getValue());
    }
    Files.writeString(to.resolve("README.md"), experiment.page(to));
  }

  private boolean compare(Path folder, ExperimentFile experiment) throws IOException {
    Path again = Files.createTempDirectory(
        Objects.requireNonNull(folder.toAbsolutePath().normalize().getParent()), ".kvlab-");
    try {
      write(experiment, again);
      PrintWriter out = spec.commandLine().getOut();
      boolean same = true;
      for (Path made : files(again)) {
        String name = String.valueOf(made.getFileName());
        if (!name.endsWith(".csv") && !name.endsWith(".md")) {
          continue;
        }
        Path committed = folder.resolve(name);
        boolean equal = Files.isRegularFile(committed) && Files.mismatch(made, committed) < 0;
        out.println((equal ? "same bytes   " : "DIFFERENT    ") + committed);
        same &= equal;
      }
      return same;
    } finally {
      for (Path each : files(again)) {
        Files.delete(each);
      }
      Files.delete(again);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted(Comparator.naturalOrder()).toList();
    }
  }
}
