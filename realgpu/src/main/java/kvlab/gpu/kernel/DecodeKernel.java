package kvlab.gpu.kernel;

import java.util.Locale;

/** The kernels of decode attention, which all do the same. */
public enum DecodeKernel {
  /** decode_mma.cu: what a step runs. */
  MMA,
  /**
   * decode_bulk.cu, for devices with a copy engine: an eighth faster by itself on large batches of an H200.
   * Among the other kernels of a step it is not: 34 us more a layer on batches of a few hundred MB
   * (results/2026-11-26-h200), likely because its shared memory leaves them little of L1.
   */
  BULK,
  /** decode_ref.cu: on CUDA cores, a block per query head. */
  REF;

  /** As in the names of kernels. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
