package kvlab.gpu.device;

/**
 * What a device is.
 *
 * @param computeMajor compute capability, 9 of 9.0
 * @param computeMinor compute capability, 0 of 9.0
 * @param processors streaming multiprocessors
 * @param cacheBytes L2 cache
 * @param sharedBytes the most shared memory that a block can ask for
 * @param driver the CUDA version of the driver, such as 12.4
 * @param cpuTwin whether it is no GPU: kernels run on the CPU
 */
public record DeviceFacts(
    String name,
    int computeMajor,
    int computeMinor,
    int processors,
    long memoryBytes,
    int cacheBytes,
    int sharedBytes,
    String driver,
    boolean cpuTwin) {
  /** What outputs of kernels on the CPU are marked with. */
  public static final String CPU_TWIN = "CPU twin";

  public String compute() {
    return computeMajor + "." + computeMinor;
  }

  /** Name and driver in one line; starts with {@value #CPU_TWIN} where it is no GPU. */
  public String label() {
    return cpuTwin
        ? CPU_TWIN + " (kernels on the CPU, times mean nothing)"
        : name + ", CUDA driver " + driver;
  }
}
