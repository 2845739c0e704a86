package kvlab.gpu.kernel;

import java.util.Locale;

/** How kernels find a token's slot; the same kernel is compiled for both. */
public enum Addressing {
  /** A row of the table holds the ids of the sequence's pages. */
  PAGED,
  /** A row of the table holds {first page, reserved tokens} of one run; see kv_layout.cuh. */
  CONTIGUOUS;

  /** As in the names of kernels. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
