package kvlab.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import kvlab.report.html.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab report}: report.html again, from result files. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Writes report.html of a run or a sweep from the result files in its folder.")
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of a compare, replay or sweep.")
  Path folder = Path.of("");

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(Report.write(folder));
    return ExitCode.OK;
  }
}
