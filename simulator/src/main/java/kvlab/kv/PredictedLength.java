package kvlab.kv;

/**
 * The prompt and the output as a predictor sees it beforehand: the true length with an error, as the
 * upper end of its bucket (Jin et al., "S3: Increasing GPU Utilization during Generative Inference for
 * Higher Throughput", NeurIPS 2023).
 *
 * <p>Deviation: the error is not that of a trained model. It is even over {@code [-spread, spread]} of
 * the true length and drawn by a hash of seed and id (SplitMix64; Steele, Lea, Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014), so that a request meets the same error in every run.
 *
 * @param spread the greatest error, as a share of the true length
 * @param bucketTokens width of the buckets that outputs are classed in
 */
public record PredictedLength(double spread, long seed, int bucketTokens) implements Reservation {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1.0p-53;

  @Override
  public int claimTokens(long id, int promptTokens, int outputTokens, int maxModelTokens) {
    double error = spread * (2 * uniform(id) - 1);
    long predicted = Math.max(1, Math.round(outputTokens * (1 + error)));
    long buckets = (predicted - 1) / bucketTokens + 1;
    return (int) Math.min(promptTokens + buckets * bucketTokens, maxModelTokens);
  }

  /** A number from 0 up to, not including, 1 that belongs to the id. */
  private double uniform(long id) {
    long z = seed + (id + 1) * GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * UNIT;
  }
}
