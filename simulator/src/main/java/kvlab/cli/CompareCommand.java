package kvlab.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.workload.InputException;
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
  /** Those of the PagedAttention paper and today's vLLM: as many as fit one chart at ease. */
  private static final String USUAL =
      "orca-max,orca-pow2,orca-oracle,contiguous-max,vllm-paper,vllm-v1";

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
      description = "Designs to compare, comma-separated; usual are " + USUAL
          + "; all are those of 'kvlab list designs' (default: usual).")
  List<String> designs = new ArrayList<>(List.of("usual"));

  @Mixin
  RunOptions options = new RunOptions();

  @Spec
  CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    LinkedHashSet<Design> chosen = new LinkedHashSet<>();
    for (String name : designs) {
      if (name.equals("all")) {
        chosen.addAll(Designs.all());
      } else if (name.equals("usual")) {
        for (String usual : USUAL.split(",", -1)) {
          chosen.add(Designs.named(usual));
        }
      } else {
        chosen.add(Designs.named(name));
      }
    }
    if (chosen.isEmpty()) {
      throw new InputException("--designs names no design");
    }
    return new Replay(spec, options).run(trace, List.copyOf(chosen), "compare");
  }
}
