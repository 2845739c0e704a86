package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import kvlab.workload.InputException;

/**
 * The designs there are. Adding one is its file and one line here; a design that is not part of kvlab is
 * found through {@link ServiceLoader}, by a line in {@code META-INF/services/kvlab.design.Design}.
 */
public final class Designs {
  private static final List<Design> ALL = withThoseOfUsers(
      Orca.max(),
      Orca.pow2(),
      Orca.oracle(),
      new ContiguousMax(),
      new VllmPaper(),
      new VllmV0(),
      new VllmV1(),
      new Jenga(),
      StaticRegions.fasterTransformer(),
      StaticRegions.hfStatic(),
      new HfDynamic(),
      new LlamaCpp(),
      new S3(),
      TensorRtLlm.noEvict(),
      TensorRtLlm.maxUtilization(),
      new Lmdeploy(),
      new HfContinuous(),
      new Sglang(),
      new Lightllm(),
      new VAttention(),
      new BuddyPages());

  private Designs() {}

  private static List<Design> withThoseOfUsers(Design... own) {
    if (System.getProperty("kvlab.plugins", "").equals("none")) {
      return List.of(own); // to look for others opens every library; the launcher knows better
    }
    List<Design> designs = new ArrayList<>(List.of(own));
    for (Design design : ServiceLoader.load(Design.class)) {
      for (Design other : designs) {
        if (other.name().equals(design.name())) {
          throw new InputException(
              design.getClass().getName() + ": there is a design '" + design.name() + "' already");
        }
      }
      designs.add(design);
    }
    return List.copyOf(designs);
  }

  /** Every design, in the order in which they are listed, those of users last. */
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
