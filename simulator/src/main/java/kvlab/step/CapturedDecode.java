package kvlab.step;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import kvlab.step.AttentionTable.Measurement;

/**
 * Decode attention of one layer as a CUDA graph runs it under FlashAttention-2. A graph is captured for the
 * longest context that the engine allows, and the kernel's plan of splitting contexts over the GPU is
 * captured with it ({@code num_splits_heuristic}), so a context of any usual length is in one part: one
 * thread block per sequence and KV head. Together they read as fast as the memory gives, and none is faster
 * than a block alone; when the others are through, the longest context is still being read:
 *
 * <pre>
 *   t = max(m X, k X / n) + k (L - X / n)
 *
 *   n  sequences    X  sum of their contexts    L  the longest of them
 *   m  time per context token in the largest batch measured
 *   k  time per token of a thread block: no profile has it, {@link Constant#PROFILE_KEY_NS}
 * </pre>
 *
 * For a fixed batch this is linear in X, as L - X / n stays when every context grows by a token. Profiles are
 * taken without graphs and with equal contexts: their small batches are split, and none has a context that
 * outlasts the rest, so only m is read off them. Deviations: the few sequences whose contexts a captured
 * plan does split count as unsplit; a launch within a graph takes no time.
 */
public final class CapturedDecode {
  private final double memoryNanos;
  private final double keyNanos;
  private final int mostSequences;
  private final double mostTokens; // of all contexts

  private CapturedDecode(Measurement largest, double memoryNanos, double keyNanos) {
    this.memoryNanos = memoryNanos;
    this.keyNanos = keyNanos;
    this.mostSequences = largest.decodes();
    this.mostTokens = (double) largest.decodes() * largest.decodeContext();
  }

  /**
   * Reads it off a profile; empty where the largest batch of decodes was measured with one context only.
   *
   * @param keyNanos k
   */
  public static Optional<CapturedDecode> of(List<Measurement> measurements, double keyNanos) {
    List<Measurement> alone = measurements.stream()
        .filter(m -> m.chunk() == 0 && m.decodes() > 0)
        .sorted(Comparator.comparingInt(Measurement::decodes)
            .thenComparingInt(Measurement::decodeContext))
        .toList();
    if (alone.isEmpty()) {
      return Optional.empty();
    }
    Measurement last = alone.get(alone.size() - 1);
    Measurement first =
        alone.stream().filter(m -> m.decodes() == last.decodes()).findFirst().orElse(last);
    double tokens = (double) last.decodes() * (last.decodeContext() - first.decodeContext());
    double memory = tokens == 0 ? 0 : (last.nanos() - first.nanos()) / tokens;
    return memory > 0 ? Optional.of(new CapturedDecode(last, memory, keyNanos)) : Optional.empty();
  }

  /** Nanoseconds of a layer for so many sequences, all their contexts and the longest of them. */
  double nanos(int sequences, double contextTokens, double longestTokens) {
    double mean = contextTokens / sequences;
    return Math.max(memoryNanos * contextTokens, keyNanos * mean)
        + keyNanos * (longestTokens - mean);
  }

  /** Whether a batch is larger than any measured. */
  boolean isBeyond(int sequences, double contextTokens) {
    return sequences > mostSequences || contextTokens > mostTokens;
  }
}
