package kvlab.step;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Measured times of one attention layer over batches of one prompt chunk and several equal decodes, and
 * between them. The table need not be a full grid: it is a tree of sorted nodes.
 *
 * <pre>
 *   prefill_chunk   kv_prefill   n_decode   kv_decode      time
 *   0 -------------- 0 ----------- 1 --------- 16 ---------- 9.3
 *                                         +--- 32 ---------- 9.3
 *                              +-- 2 --------- 16 ---------- 9.4
 *   16 ------------- 0 ----------- 0 ---------- 0 ---------- 9.5
 * </pre>
 *
 * A batch is looked up by four totals, all of which a cost is linear in: T prefill tokens, Y pairs of a
 * prefill token and a token it attends to, n decodes, X the sum of their contexts. A chunk of t tokens on
 * k earlier ones has {@code Y = t k + t (t + 1) / 2}; several prompts in one step count as one chunk of
 * equal T and Y. Where a chunk of T tokens has more pairs than that even without a context, they are
 * {@code q = T / t} equal prompts of {@code t = 2 Y / T - 1} tokens: one of them beside the decodes, and the
 * others add what one takes alone beyond the launch, the time of the smallest chunk.
 * Between nodes the time is linear in T at equal Y / T, in Y at equal T, in n at equal X, in X at equal n;
 * beyond the last nodes the line through the last two goes on, never below 0. Steps with and without prefill tokens, and with and
 * without decodes, run other kernels: neither is interpolated towards the other.
 */
public final class AttentionTable {
  /**
   * A measurement.
   *
   * @param chunk prefill tokens, 0 for none
   * @param chunkContext tokens before them
   * @param decodes sequences that decode, 0 for none
   * @param decodeContext context of each
   */
  public record Measurement(
      int chunk, int chunkContext, int decodes, int decodeContext, double nanos) {}

  /** Nodes along one coordinate, ascending; under each either more of them or a time. */
  private static final class Branch {
    final double[] at;
    final Branch[] branches;
    final double[] nanos;

    Branch(double[] at, Branch[] branches, double[] nanos) {
      this.at = at;
      this.branches = branches;
      this.nanos = nanos;
    }
  }

  private final Branch root; // over chunk, chunkContext, decodes, decodeContext
  private final double launchNanos; // the smallest chunk
  private boolean outside;

  // The totals being looked up.
  private double meanPairs;
  private int decodes;
  private double decodeContext;

  /**
   * Takes measurements in any order.
   *
   * @throws IllegalArgumentException where there is none, or two are of the same batch
   */
  public AttentionTable(List<Measurement> measurements) {
    if (measurements.isEmpty()) {
      throw new IllegalArgumentException("no measurement of attention");
    }
    List<Measurement> sorted = new ArrayList<>(measurements);
    sorted.sort(Comparator.comparingInt(Measurement::chunk)
        .thenComparingInt(Measurement::chunkContext)
        .thenComparingInt(Measurement::decodes)
        .thenComparingInt(Measurement::decodeContext));
    root = branch(sorted, 0);
    launchNanos = sorted.stream()
        .filter(m -> m.chunk() > 0 && m.decodes() == 0)
        .findFirst()
        .map(Measurement::nanos)
        .orElse(0.0);
  }

  private static int coordinate(Measurement m, int level) {
    return switch (level) {
      case 0 -> m.chunk();
      case 1 -> m.chunkContext();
      case 2 -> m.decodes();
      default -> m.decodeContext();
    };
  }

  private static Branch branch(List<Measurement> sorted, int level) {
    List<Double> at = new ArrayList<>();
    List<Branch> branches = new ArrayList<>();
    double[] nanos = new double[level == 3 ? sorted.size() : 0];
    for (int from = 0; from < sorted.size(); ) {
      int to = from + 1;
      int here = coordinate(sorted.get(from), level);
      while (to < sorted.size() && coordinate(sorted.get(to), level) == here) {
        to++;
      }
      if (level < 3) {
        branches.add(branch(sorted.subList(from, to), level + 1));
      } else if (to > from + 1) {
        throw new IllegalArgumentException("measured twice: " + sorted.get(from));
      } else {
        nanos[at.size()] = sorted.get(from).nanos();
      }
      at.add((double) here);
      from = to;
    }
    return new Branch(
        at.stream().mapToDouble(x -> x).toArray(), branches.toArray(Branch[]::new), nanos);
  }

  /** Whether the last look-up went beyond what was measured. */
  boolean wasOutside() {
    return outside;
  }

  /** Nanoseconds of a layer for the totals of a step; 0 for nothing. */
  double nanos(long prefillTokens, double prefillPairs, int itsDecodes, double itsDecodeContext) {
    outside = false;
    if (prefillTokens == 0 && itsDecodes == 0) {
      return 0;
    }
    decodes = itsDecodes;
    decodeContext = itsDecodeContext;
    meanPairs = prefillTokens == 0 ? 0 : prefillPairs / prefillTokens;
    double chunk = Math.min((double) prefillTokens, Math.max(1, 2 * meanPairs - 1));
    double nanos = Math.max(0, along(root, chunk, 0));
    if (chunk == prefillTokens) {
      return nanos;
    }
    decodes = 0;
    decodeContext = 0;
    double others = prefillTokens / chunk - 1;
    return nanos + others * Math.max(0, along(root, chunk, 0) - launchNanos);
  }

  /** Along the nodes of a branch; without prefill tokens or decodes other kernels run than with some. */
  private double along(Branch branch, double x, int level) {
    boolean hasNone = (level == 0 || level == 2) && branch.at[0] == 0 && branch.at.length > 1;
    int from = hasNone && x > 0 ? 1 : 0;
    int to = hasNone && x == 0 ? 1 : branch.at.length;
    outside |= x > branch.at[to - 1] || (x < branch.at[from] && level != 1);
    if (to - from == 1) {
      return under(branch, from, level);
    }
    int low = Arrays.binarySearch(branch.at, from, to, x);
    if (low >= 0) {
      return under(branch, low, level);
    }
    low = Math.min(Math.max(-low - 2, from), to - 2);
    double share = (x - branch.at[low]) / (branch.at[low + 1] - branch.at[low]);
    double atLow = under(branch, low, level);
    return atLow + share * (under(branch, low + 1, level) - atLow);
  }

  private double under(Branch branch, int node, int level) {
    return switch (level) {
      case 0 -> along(branch.branches[node], Math.max(0, meanPairs - (branch.at[node] + 1) / 2), 1);
      case 1 -> along(branch.branches[node], decodes, 2);
      case 2 ->
        along(branch.branches[node], branch.at[node] == 0 ? 0 : decodeContext / branch.at[node], 3);
      default -> branch.nanos[node];
    };
  }
}
