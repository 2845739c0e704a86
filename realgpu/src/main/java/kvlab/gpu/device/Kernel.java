package kvlab.gpu.device;

import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;

/** A kernel ready to launch. Its parameters are one struct by value; see {@link Params}. */
public final class Kernel {
  private final String name;
  private final CUfunction function;

  Kernel(String name, CUfunction function) {
    this.name = name;
    this.function = function;
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
        0,
        stream.handle(),
        params.kernelParams(),
        null);
    if (code != 0) {
      throw new CudaException(
          "cuLaunchKernel " + name + " of " + gridX + "x" + gridY + "x" + gridZ + " blocks of "
              + threads + " threads",
          code);
    }
  }

  /** Blocks of so many threads that run at once on one multiprocessor. */
  public int blocksPerProcessor(int threads) {
    int[] blocks = new int[1];
    CudaException.check(
        "cuOccupancyMaxActiveBlocksPerMultiprocessor " + name,
        JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, 0));
    return blocks[0];
  }
}
