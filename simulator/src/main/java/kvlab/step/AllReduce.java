package kvlab.step;

/**
 * The sums over GPUs that tensor parallelism needs: two per layer, after attention and after the
 * feed-forward layer, and one for the embedding (Megatron-LM, arXiv 1909.08053, section 3). Each is a
 * ring (Patarasuk and Yuan, JPDC 69(2), 2009) over N GPUs of S bytes:
 *
 * <pre>
 *   t = 2 (N - 1) * latency + 2 (N - 1) / N * S / bandwidth
 *   S = tokens * hidden * 2 bytes
 * </pre>
 *
 * Not modelled: one-shot algorithms for small sums, gathering the logits, overlap with computing.
 *
 * @param fixedNanos all latencies of a step
 * @param tokenNanos all transfers of a step, per token
 */
public record AllReduce(double fixedNanos, double tokenNanos) {
  /** What one GPU alone needs. */
  public static final AllReduce NONE = new AllReduce(0, 0);

  private static final int ELEMENT_BYTES = 2;

  /** The sums of a model over so many GPUs. */
  public static AllReduce of(
      int gpus, int layers, int hidden, double linkBytesPerSecond, double linkLatencyNanos) {
    if (gpus == 1) {
      return NONE;
    }
    double sums = 2.0 * layers + 1;
    double bytes = (double) hidden * ELEMENT_BYTES;
    double rounds = 2.0 * (gpus - 1);
    return new AllReduce(
        sums * rounds * linkLatencyNanos, sums * rounds / gpus * bytes / linkBytesPerSecond * 1e9);
  }

  @Override
  public String toString() {
    return "sums over GPUs " + Constants.plain(fixedNanos) + " ns and "
        + Constants.plain(tokenNanos) + " ns a token";
  }

  double nanos(long tokens) {
    return fixedNanos + tokenNanos * tokens;
  }
}
