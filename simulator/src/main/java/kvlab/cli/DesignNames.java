package kvlab.cli;

import java.util.LinkedHashSet;
import java.util.List;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.workload.InputException;

/** The designs that {@code --designs} names. */
final class DesignNames {
  /** Those of the PagedAttention paper and today's vLLM: as many as fit one chart at ease. */
  static final String USUAL = "orca-max,orca-pow2,orca-oracle,contiguous-max,vllm-paper,vllm-v1";

  private DesignNames() {}

  static List<Design> designs(List<String> names) {
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
