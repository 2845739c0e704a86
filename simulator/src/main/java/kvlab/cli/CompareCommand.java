package kvlab.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code kvlab compare}: one trace through several designs. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Replays a trace through several designs and shows what each wasted and served.")
final class CompareCommand implements Callable<Integer> {
  @Mixin
  TraceParameter trace = new TraceParameter();

  @Mixin
  DesignNames named = new DesignNames();

  @Mixin
  FleetOptions options = new FleetOptions();

  @Mixin
  RecordOptions recording = new RecordOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    return new TraceRun(spec, options, recording.records)
        .run(trace.path(), named.designs(), "compare");
  }
}
