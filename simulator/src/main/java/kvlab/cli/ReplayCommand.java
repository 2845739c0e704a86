package kvlab.cli;

import java.util.List;
import java.util.concurrent.Callable;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.study.Backend;
import kvlab.study.Experiment;
import kvlab.workload.TraceBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kvlab replay}: one trace through one design. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Replays a trace through one design in full detail.")
final class ReplayCommand implements Callable<Integer> {
  @Mixin
  TraceParameter trace = new TraceParameter();

  @Option(names = "--design", required = true, paramLabel = "NAME", description = "The design.")
  String design = "";

  @Option(
      names = "--explain",
      description = "Print the design's rules with the values in force, and replay nothing.")
  boolean explain;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "Run the steps on a device, in place of --step-time: gpu, or cpu-twin, which runs the GPU's "
              + "kernels on the CPU with a tiny model (its times mean nothing).")
  @Nullable
  String backend;

  @Mixin
  FleetOptions options = new FleetOptions();

  @Mixin
  RecordOptions recording = new RecordOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    Design itsDesign = Designs.named(design);
    if (backend != null) {
      options.serving.stepTime = Backend.PREFIX + backend;
    }
    if (explain) {
      Experiment nothing =
          options.experiment(new TraceBuilder("nothing").build(), List.of(itsDesign));
      spec.commandLine().getOut().print(DesignText.rules(nothing, itsDesign));
      return ExitCode.OK;
    }
    return new TraceRun(spec, options, recording.records)
        .run(trace.path(), List.of(itsDesign), design);
  }
}
