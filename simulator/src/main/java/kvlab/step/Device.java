package kvlab.step;

/**
 * The nominal rates of a GPU that its kernels are timed against.
 *
 * @param bytesPerNano memory bandwidth
 * @param flopsPerNano dense 16-bit tensor operations, a multiplication and an addition being two
 * @param cacheBytes second-level cache
 * @param multiprocessors units that run thread blocks, one wave of them at a time
 */
public record Device(
    double bytesPerNano, double flopsPerNano, double cacheBytes, int multiprocessors) {
  public Device {
    if (!(bytesPerNano > 0 && flopsPerNano > 0 && cacheBytes > 0) || multiprocessors < 1) {
      throw new IllegalArgumentException("a device needs positive rates: " + bytesPerNano
          + " B/ns, " + flopsPerNano + " flop/ns, " + multiprocessors + " multiprocessors");
    }
  }

  @Override
  public String toString() {
    return Constants.plain(bytesPerNano) + " GB/s, " + Constants.plain(flopsPerNano / 1e3)
        + " TFLOP/s, " + Constants.plain(cacheBytes / 1e6) + " MB of cache, " + multiprocessors
        + " multiprocessors";
  }
}
