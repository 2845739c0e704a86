package kvlab.design;

import java.util.List;
import java.util.stream.Collectors;
import kvlab.workload.InputException;

/** The designs there are. Adding one is its file and one line here. */
public final class Designs {
  private static final List<Design> ALL = List.of(
      Orca.max(), Orca.pow2(), Orca.oracle(), new ContiguousMax(), new VllmPaper(), new VllmV1());

  private Designs() {}

  /** Every design, contiguous ones first. */
  public static List<Design> all() {
    return ALL;
  }

  /** The design of that name. */
  public static Design named(String name) {
    for (Design design : ALL) {
      if (design.name().equals(name)) {
        return design;
      }
    }
    throw new InputException("unknown design '"
        + name
        + "'; there are "
        + ALL.stream().map(Design::name).collect(Collectors.joining(", ")));
  }
}
