package kvlab.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kvlab.calibrate.Calibration;
import kvlab.calibrate.Calibration.Part;
import kvlab.calibrate.Points;
import kvlab.calibrate.RunFit;
import kvlab.capacity.Catalogue;
import kvlab.capacity.Gpu;
import kvlab.capacity.Model;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.step.Constants;
import kvlab.study.Rooflines;
import kvlab.study.Shapes;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab calibrate}: the roofline's constants from measurements. */
@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Fits the constants of the roofline to measured kernel times, to a recorded serving run, or to one "
            + "after the other, and with --step-time profile:DIR those that a profile of kernels lacks to a run; "
            + "says how far off it is on a held-out half; writes a file for --step-time roofline:file=FILE and "
            + "profile:DIR,file=FILE.")
final class CalibrateCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "PATH",
      description =
          "Tables of kernel times, folders of them, or folders of a model's measured layers"
              + " (dense.csv, attention.csv, per_sequence.csv).")
  List<Path> tables = new ArrayList<>();

  @Option(
      names = "--requests",
      paramLabel = "FILE",
      description = "Recorded run: a trace with queued_s,first_token_s,last_token_s.")
  @Nullable
  Path requests;

  @Option(
      names = "--design",
      paramLabel = "NAME",
      defaultValue = "vllm-v1",
      description = "Engine of the recorded run (default: vllm-v1).")
  String design = "";

  @Option(names = "--write", paramLabel = "FILE", description = "Write the constants to FILE.")
  @Nullable
  Path write;

  @Option(
      names = "--stretches",
      paramLabel = "FILE",
      description =
          "Write how long each stretch of steps of the recorded run took, and is said to take.")
  @Nullable
  Path stretches;

  @Mixin
  RunOptions options = new RunOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    if (tables.isEmpty() && requests == null) {
      throw new InputException(
          "nothing to calibrate on: give tables of kernel times or --requests FILE");
    }
    if (stretches != null && requests == null) {
      throw new InputException("--stretches are those of a recorded run: give --requests FILE");
    }
    Catalogue catalogue = Catalogue.open();
    Gpu gpu = catalogue.gpu(options.memory.gpu);
    Model model = catalogue.model(options.memory.model);
    long seed = options.trace.seed;
    Constants constants = Rooflines.named(gpu.roofline());
    List<Part> parts = new ArrayList<>();
    if (!tables.isEmpty()) {
      List<Points> points = new ArrayList<>();
      for (Path table : tables) {
        points.addAll(Calibration.read(table, model, options.memory.tensorParallel));
      }
      Calibration.Result result = new Calibration(Shapes.of(gpu), seed).fit(points, constants);
      constants = result.constants();
      parts.addAll(result.parts());
    }
    if (requests != null) {
      Design itsDesign = Designs.named(design);
      RunFit run = RunFit.open(
          requests,
          options.experiment(options.trace.load(requests.toString()).trace(), List.of(itsDesign)),
          itsDesign,
          seed);
      Calibration.Result result = run.fit(constants, !tables.isEmpty());
      constants = result.constants();
      parts.addAll(result.parts());
      if (stretches != null) {
        run.writeStretches(constants, stretches);
      }
    }
    if (parts.isEmpty()) {
      throw new InputException("too few points of any operator to calibrate on");
    }
    report(gpu, constants, parts);
    return ExitCode.OK;
  }

  private void report(Gpu gpu, Constants constants, List<Part> parts) throws java.io.IOException {
    TextTable table = new TextTable("fitted to", "rows", "fit", "held out");
    List<String> comments = new ArrayList<>();
    comments.add("source: kvlab calibrate, " + gpu.name());
    for (Part part : parts) {
      table.row(List.of(
          part.operator(), part.label(), part.fit().text(), part.heldOut().text()));
      comments.add(part.operator() + " (" + part.label() + "), held out: "
          + part.heldOut().text());
    }
    String text = Rooflines.text(constants, comments);
    PrintWriter out = spec.commandLine().getOut();
    out.print(table.render());
    out.println();
    out.print(text);
    out.flush();
    if (write != null) {
      Files.writeString(write, text, StandardCharsets.UTF_8);
    }
  }
}
