package kvlab.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab compare}: one trace through several designs. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Replays a trace through several designs and shows what each wasted and served.")
final class CompareCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "TRACE",
      description = "Trace file, or - for standard input (default: the bundled chat sample).")
  @Nullable
  String trace;

  @Option(
      names = "--designs",
      split = ",",
      paramLabel = "NAME",
      description = "Designs to compare, comma-separated; usual are " + DesignNames.USUAL
          + "; all are those of 'kvlab list designs' (default: usual).")
  List<String> designs = new ArrayList<>(List.of("usual"));

  @Mixin
  RunOptions options = new RunOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    return new TraceRun(spec, options).run(trace, DesignNames.designs(designs), "compare");
  }
}
