package kvlab.gpu.kernel;

import java.util.Locale;

/** The kernels of decode attention, which all do the same. */
public enum DecodeKernel {
  /** decode_mma.cu: from sm_80 on. */
  MMA,
  /** decode_bulk.cu, for devices with a copy engine: 4 to 16% faster on an H200 (results/2026-11-27-h200). */
  BULK,
  /** decode_ref.cu: on CUDA cores, a block per query head. */
  REF;

  /** As in the names of kernels. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
