package kvlab.capacity;

/**
 * A GPU: its memory and nominal rates.
 *
 * @param name catalogue name, such as {@code a100-40g}
 * @param memoryBytes total device memory as a process sees it
 * @param bandwidthBytesPerSecond nominal memory bandwidth
 * @param flopsBf16 nominal dense bf16 operations per second
 * @param flopsFp8 nominal dense fp8 operations per second; the bf16 rate where there is no fp8 unit
 * @param multiprocessors streaming multiprocessors, or compute units, that are enabled
 * @param cacheBytes second-level cache
 * @param hostLinkBytesPerSecond nominal rate to host memory, one way
 * @param roofline name of its step-time constants
 */
public record Gpu(
    String name,
    long memoryBytes,
    double bandwidthBytesPerSecond,
    double flopsBf16,
    double flopsFp8,
    int multiprocessors,
    double cacheBytes,
    double hostLinkBytesPerSecond,
    String roofline) {

  public Gpu {
    if (memoryBytes < 1 || multiprocessors < 1) {
      throw new IllegalArgumentException(
          name + ": memory " + memoryBytes + " bytes, " + multiprocessors + " multiprocessors");
    }
    requirePositive(name, bandwidthBytesPerSecond);
    requirePositive(name, flopsBf16);
    requirePositive(name, flopsFp8);
    requirePositive(name, cacheBytes);
    requirePositive(name, hostLinkBytesPerSecond);
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + ": rate out of range: " + value);
    }
  }
}
