package kvlab.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.workload.InputException;
import picocli.CommandLine.Option;

/** The designs that {@code --designs} names. */
final class DesignNames {
  /** Those of the PagedAttention paper and today's vLLM: as many as fit one chart at ease. */
  private static final String USUAL =
      "orca-max,orca-pow2,orca-oracle,contiguous-max,vllm-paper,vllm-v1";

  @Option(
      names = "--designs",
      split = ",",
      paramLabel = "NAME",
      description = "Designs, comma-separated; usual are " + USUAL
          + "; all are those of 'kvlab list designs' (default: usual).")
  private List<String> names = new ArrayList<>(List.of("usual"));

  /** Each once, in the order in which they are named. */
  List<Design> designs() {
    LinkedHashSet<Design> chosen = new LinkedHashSet<>();
    for (String name : names) {
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
    return List.copyOf(chosen);
  }
}
