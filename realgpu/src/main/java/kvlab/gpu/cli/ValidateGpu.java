package kvlab.gpu.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kvlab.cli.CommandProvider;
import kvlab.cli.ExitCode;
import kvlab.gpu.device.Driver;
import kvlab.gpu.device.StandIn;
import kvlab.gpu.twin.CpuTwin;
import kvlab.gpu.validate.Suite;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab validate gpu}: memory, kernels, steps and replays on a device, against predictions. */
@Command(
    name = "gpu",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures the first GPU and compares with what is predicted: memory (m1 to m3), kernels (k1 to "
            + "k4), copies (c1), matrix products (g1), the kernels of a layer (p1), decode steps (s1), whole "
            + "replays (e1, e2). A second run on the same folder goes on where the first one stopped.")
public final class ValidateGpu implements Callable<Integer> {
  private static final long TWIN_MEMORY_BYTES = 256L << 20;
  private static final int TWIN_DRIVER = 13000;
  private static final int TWIN_COMPUTE = 9;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where tables and points go (default: results/local/validate-gpu).")
  @Nullable
  Path out;

  @Option(
      names = "--parts",
      split = ",",
      paramLabel = "PART",
      description =
          "Some parts only, comma-separated: m1, m2, m3, k1, k2-k4, c1, g1, p1, s1, e1-e2.")
  List<String> parts = new ArrayList<>();

  @Option(
      names = "--cpu-twin",
      description =
          "Go through all of it on the CPU twin, with small sizes: tries the suite, measures nothing.")
  boolean cpuTwin;

  @Spec
  CommandSpec spec = CommandSpec.create();

  /** Puts the command under {@code validate}. */
  public static final class Provider implements CommandProvider {
    @Override
    public String parent() {
      return "validate";
    }

    @Override
    public Object command() {
      return new ValidateGpu();
    }
  }

  @Override
  public Integer call() throws Exception {
    Path folder = out != null
        ? out
        : Path.of("results", "local", cpuTwin ? "validate-cpu-twin" : "validate-gpu");
    Suite suite = new Suite(folder, parts, cpuTwin);
    if (cpuTwin) {
      Driver.standIn(CpuTwin.here().driver());
      StandIn.pretend(TWIN_MEMORY_BYTES, 1, TWIN_DRIVER, TWIN_COMPUTE);
    } else if (Driver.missing().isPresent()) {
      throw new InputException("validate gpu: " + Driver.missing().get());
    }
    Suite.Outcome outcome = suite.run(spec.commandLine().getErr()::println);
    spec.commandLine().getOut().print(outcome.table());
    spec.commandLine()
        .getOut()
        .println(outcome.passed() + "/" + outcome.judged() + " figures within their thresholds");
    spec.commandLine().getErr().println("results in " + folder);
    return outcome.passed() == outcome.judged() ? ExitCode.OK : ExitCode.CHECK_FAILED;
  }
}
