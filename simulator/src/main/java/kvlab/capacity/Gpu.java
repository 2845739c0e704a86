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
 * @param linkBytesPerSecond nominal rate to the other GPUs of a host, one way
 * @param linkLatencyNanos what one message to another GPU takes besides
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
    double linkBytesPerSecond,
    long linkLatencyNanos,
    String roofline) {

  public Gpu {
    if (memoryBytes < 1 || multiprocessors < 1 || linkLatencyNanos < 0) {
      throw new IllegalArgumentException(
          name + ": memory " + memoryBytes + " bytes, " + multiprocessors + " multiprocessors");
    }
    requirePositive(name, bandwidthBytesPerSecond);
    requirePositive(name, flopsBf16);
    requirePositive(name, flopsFp8);
    requirePositive(name, cacheBytes);
    requirePositive(name, hostLinkBytesPerSecond);
    requirePositive(name, linkBytesPerSecond);
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + ": rate out of range: " + value);
    }
  }
}
