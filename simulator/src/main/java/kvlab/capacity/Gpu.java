package kvlab.capacity;

/**
 * A GPU: nominal rates, and what share of them serving reaches.
 *
 * @param name catalogue name, such as {@code a100-40g}
 * @param memoryBytes total device memory as a process sees it
 * @param bandwidthBytesPerSecond nominal memory bandwidth
 * @param flopsBf16 nominal dense bf16 operations per second
 * @param flopsFp8 nominal dense fp8 operations per second; the bf16 rate where there is no fp8 unit
 * @param hostLinkBytesPerSecond nominal rate to host memory, one way
 * @param stepOverheadNanos what a step costs beside its kernels
 * @param bandwidthEfficiency share of the bandwidth that reading weights reaches
 * @param kvBandwidthEfficiency share of the bandwidth that reading keys and values reaches
 * @param computeEfficiency share of the bf16 rate that matrix products reach
 */
public record Gpu(
    String name,
    long memoryBytes,
    double bandwidthBytesPerSecond,
    double flopsBf16,
    double flopsFp8,
    double hostLinkBytesPerSecond,
    long stepOverheadNanos,
    double bandwidthEfficiency,
    double kvBandwidthEfficiency,
    double computeEfficiency) {

  public Gpu {
    if (memoryBytes < 1 || stepOverheadNanos < 0) {
      throw new IllegalArgumentException(
          name + ": memory " + memoryBytes + " bytes, step overhead " + stepOverheadNanos + " ns");
    }
    requirePositive(name, bandwidthBytesPerSecond, Double.MAX_VALUE);
    requirePositive(name, flopsBf16, Double.MAX_VALUE);
    requirePositive(name, flopsFp8, Double.MAX_VALUE);
    requirePositive(name, hostLinkBytesPerSecond, Double.MAX_VALUE);
    requirePositive(name, bandwidthEfficiency, 1);
    requirePositive(name, kvBandwidthEfficiency, 1);
    requirePositive(name, computeEfficiency, 1);
  }

  private static void requirePositive(String name, double value, double most) {
    if (!(value > 0 && value <= most)) {
      throw new IllegalArgumentException(name + ": rate or share out of range: " + value);
    }
  }
}
