package kvlab.gpu.device;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/** A kernel ready to launch. Its parameters are one struct by value; see {@link Params}. */
public final class Kernel {
  /** Shared memory beyond this has to be asked for. */
  private static final int FREE_SHARED_BYTES = 48 << 10;

  private final String name;
  private final CUfunction function;
  private final int sharedBytes;

  Kernel(String name, CUfunction function, int sharedBytes) {
    this.name = name;
    this.function = function;
    this.sharedBytes = sharedBytes;
    if (sharedBytes > FREE_SHARED_BYTES) {
      CudaException.check(
          "cuFuncSetAttribute " + name,
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              sharedBytes));
    }
  }

  public String name() {
    return name;
  }

  /**
   * Launches {@code gridX * gridY * gridZ} blocks of {@code threads} threads. A fault of the kernel shows
   * at the stream's next synchronisation.
   */
  public void launch(Stream stream, int gridX, int gridY, int gridZ, int threads, Params params) {
    int code = JCudaDriver.cuLaunchKernel(
        function,
        gridX,
        gridY,
        gridZ,
        threads,
        1,
        1,
        sharedBytes,
        stream.handle(),
        params.kernelParams(),
        null);
    if (code != 0) {
      throw new CudaException(
          "cuLaunchKernel " + name + " of " + gridX + "x" + gridY + "x" + gridZ + " blocks of "
              + threads + " threads and " + sharedBytes + " bytes of shared memory",
          code);
    }
  }

  /** Blocks of so many threads that run at once on one multiprocessor. */
  public int blocksPerProcessor(int threads) {
    int[] blocks = new int[1];
    CudaException.check(
        "cuOccupancyMaxActiveBlocksPerMultiprocessor " + name,
        JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
            blocks, function, threads, sharedBytes));
    return blocks[0];
  }
}
