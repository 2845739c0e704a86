package kvlab.step;

import kvlab.kv.PageTable;

/**
 * A step time from what the hardware can do at best, scaled by stated shares of it that are reached, the
 * model taken as a whole: for engines that nobody measured kernel by kernel. {@link RooflineStepTime} goes
 * by kernels.
 *
 * <pre>
 *   t = overhead + max(W / (B * ew), T * f / (F * ec)) + X * k / (B * ek) + Y * a / (F * ea)
 *       + C * 2 k / (B * ek) + H * k / L + pauses
 *
 *   W  bytes of weights that a step streams          T  tokens computed in the step
 *   f  floating point operations per token           X  tokens whose KV is read
 *   k  bytes of KV per token                         Y  query-key pairs of attention
 *   a  floating point operations per pair            B, F  bandwidth and arithmetic peak of the GPU
 *   C  tokens whose KV is copied: read and written   H  tokens whose KV crosses the host link, of rate L
 * </pre>
 *
 * The weights stream while the matrix units work, so the longer of the two counts; attention reads the
 * KV cache after that. Decode attention is bound by X, prefill attention by Y; of layers with a sliding
 * window only what is inside counts, and X and Y are means over all layers. See Williams, Waterman,
 * Patterson, "Roofline", CACM 52(4), 2009. Not modelled: communication between GPUs, sampling, kernel
 * launch gaps beyond the constant overhead, batch padding.
 *
 * @param overheadNanos time of a step apart from its kernels
 * @param weightNanos {@code 1e9 W / (B ew)}
 * @param tokenNanos {@code 1e9 f / (F ec)}
 * @param contextNanos {@code 1e9 k / (B ek)}
 * @param pairNanos {@code 1e9 a / (F ea)}
 * @param copyNanos {@code 1e9 * 2 k / (B ek)}
 * @param transferNanos {@code 1e9 k / L}
 */
public record SharesStepTime(
    double overheadNanos,
    double weightNanos,
    double tokenNanos,
    double contextNanos,
    double pairNanos,
    double copyNanos,
    double transferNanos)
    implements StepClock {
  @Override
  public long nanos(Batch batch, PageTable table) {
    double moves = batch.copiedTokens() * copyNanos
        + batch.transferredTokens() * transferNanos
        + batch.pauseNanos();
    if (batch.size() == 0) {
      return Math.max(1, Math.round(overheadNanos + moves));
    }
    double dense = Math.max(weightNanos, batch.totalTokens() * tokenNanos);
    double attention = batch.meanContext() * contextNanos + batch.meanPairs() * pairNanos;
    return Math.max(1, Math.round(overheadNanos + dense + attention + moves));
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }
}
