package kvlab.report.html;

import java.util.Set;

/** How a design gives out memory, as far as its name is known. */
enum Family {
  /** One region per request, or per batch, taken at admission. */
  RESERVES,
  /** Memory on demand, in pages. */
  PAGES;

  private static final Set<String> RESERVING = Set.of(
      "orca-max",
      "orca-pow2",
      "orca-oracle",
      "contiguous-max",
      "s3",
      "llamacpp",
      "fastertransformer",
      "hf-static",
      "hf-dynamic");

  private static final Set<String> TOLD = Set.of("orca-oracle");

  /** The family of a design; one that nobody knows counts as paged, as everything of late is. */
  static Family of(String design) {
    return RESERVING.contains(design) ? RESERVES : PAGES;
  }

  /** Whether the design is told how long each output will be, which no server knows. */
  static boolean isTold(String design) {
    return TOLD.contains(design);
  }
}
