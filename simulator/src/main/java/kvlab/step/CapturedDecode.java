package kvlab.step;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import kvlab.step.AttentionTable.Measurement;

/**
 * Decode attention of one layer as a CUDA graph runs it under FlashAttention-2. The graph of a batch size is
 * captured with the number of parts that {@link SplitPlan} gives that size, and every context is read in so
 * many: a thread block each per KV head. Together they read as fast as the memory gives, and none is faster
 * than a block alone; when the others are through, those of the longest context are still being read:
 *
 * <pre>
 *   t = max(m X, k X / n s) + k (L - X / n) / s
 *
 *   n  sequences    X  sum of their contexts    L  the longest of them    s  parts of a context
 *   m  time per context token in the largest batch measured
 *   k  time per token of a thread block: no profile has it, {@link Constant#PROFILE_KEY_NS}
 * </pre>
 *
 * For a fixed batch this is linear in X, as L - X / n stays when every context grows by a token. Profiles are
 * taken without graphs and with equal contexts: none has a context that outlasts the rest, so only m is read
 * off them. Deviations: joining the parts, and a launch within a graph, take no time.
 */
public final class CapturedDecode {
  private final double memoryNanos;
  private final double keyNanos;
  private final SplitPlan plan;
  private final int mostSequences;
  private final double mostTokens; // of all contexts

  private CapturedDecode(Measurement largest, double memoryNanos, double keyNanos, SplitPlan plan) {
    this.memoryNanos = memoryNanos;
    this.keyNanos = keyNanos;
    this.plan = plan;
    this.mostSequences = largest.decodes();
    this.mostTokens = (double) largest.decodes() * largest.decodeContext();
  }

  /**
   * Reads it off a profile; empty where the largest batch of decodes was measured with one context only.
   *
   * @param keyNanos k
   */
  public static Optional<CapturedDecode> of(
      List<Measurement> measurements, double keyNanos, SplitPlan plan) {
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
    return memory > 0
        ? Optional.of(new CapturedDecode(last, memory, keyNanos, plan))
        : Optional.empty();
  }

  /**
   * Nanoseconds of a layer for so many sequences, all their contexts and the longest of them.
   *
   * @param captured sequences of the graph that they run in
   */
  double nanos(int captured, int sequences, double contextTokens, double longestTokens) {
    double mean = contextTokens / sequences;
    double partKey = keyNanos / plan.parts(captured);
    return Math.max(memoryNanos * contextTokens, partKey * mean) + partKey * (longestTokens - mean);
  }

  /** Whether a batch is larger than any measured. */
  boolean isBeyond(int sequences, double contextTokens) {
    return sequences > mostSequences || contextTokens > mostTokens;
  }
}
