package kvlab.gpu.device;

import jcuda.driver.CUresult;

/** A driver call that failed: which one, on what, and the driver's code. */
public final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  CudaException(String call, int code) {
    super(call + ": " + CUresult.stringFor(code) + " (" + code + ")");
    this.code = code;
  }

  /** The driver's code, a {@code CUresult}. */
  public int code() {
    return code;
  }

  /** Whether the device, or the host where it was asked for pinned memory, had not enough left. */
  public boolean isOutOfMemory() {
    return code == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
  }

  /** Passes when the call succeeded. */
  static void check(String call, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new CudaException(call, code);
    }
  }

  /** Passes when the call succeeded on so many bytes. */
  static void check(String call, long bytes, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new CudaException(call + " of " + bytes + " bytes", code);
    }
  }
}
