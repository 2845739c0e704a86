package kvlab.step;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import kvlab.step.AttentionTable.Measurement;

/**
 * Decode attention of one layer as a CUDA graph runs it under FlashAttention-2. A graph is captured for the
 * longest context that the engine allows, and the kernel's plan of splitting contexts over the GPU is
 * captured with it ({@code num_splits_heuristic}), so a context of any usual length is in one part.
 * Profiles are taken without graphs, with a plan for each length: their small batches are split, and of
 * another kernel; from a batch size on that fills the GPU nothing is split in either. So only those larger
 * batches count. With K KV heads there are n K thread blocks, each of which goes over one context; as long
 * as there are no more of them than M multiprocessors, all run at once and share the memory's bandwidth:
 *
 * <pre>
 *   t = max(shared(n, X), a + s L)
 *
 *   shared = a + c X                for n <= M/K
 *          = table(n, X)            from the first measured batch on that is not split
 *          = linear in n between the two
 *
 *   n  sequences    X  sum of their contexts    L  the longest of them
 *   a  time of the smallest decode measured
 *   c  time per context token in the largest batch measured
 *   s  time per token of one context that nothing is split over: one decode beside the smallest chunk
 * </pre>
 */
public final class CapturedDecode {
  /**
   * From where on contexts are in one part.
   *
   * @param oneWave the most sequences all of whose thread blocks run at once
   * @param fewestUnsplit the fewest sequences that FlashAttention-2 does not split in any case
   */
  public record Limits(int oneWave, int fewestUnsplit) {
    /** Those of a GPU with so many multiprocessors. */
    public static Limits of(int multiprocessors, int kvHeads) {
      return new Limits(multiprocessors / kvHeads, (int)
          Math.ceil(FILLED * BLOCKS_PER_MULTIPROCESSOR * multiprocessors / kvHeads));
    }
  }

  private static final double FILLED = 0.8; // num_splits_heuristic: nothing is split from there on
  private static final int BLOCKS_PER_MULTIPROCESSOR = 2; // of 128 threads, set_params_splitkv

  private final AttentionTable table;
  private final int oneWave;
  private final int firstUnsplit; // the smallest batch in the table
  private final double smallestNanos;
  private final double contextNanos;
  private final double serialNanos;
  private boolean beyond;

  private CapturedDecode(List<Measurement> all, List<Measurement> unsplit, int oneWave) {
    this.table = new AttentionTable(unsplit);
    this.firstUnsplit = unsplit.get(0).decodes();
    this.oneWave = Math.min(oneWave, firstUnsplit - 1);
    this.smallestNanos = alone(all).get(0).nanos();
    Measurement last = unsplit.get(unsplit.size() - 1);
    Measurement first =
        unsplit.stream().filter(m -> m.decodes() == last.decodes()).findFirst().orElse(last);
    this.contextNanos = slope(first, last) / last.decodes();
    this.serialNanos = serial(all);
  }

  /** Reads it off a profile; empty where that has not two batches that are not split. */
  public static Optional<CapturedDecode> of(List<Measurement> measurements, Limits limits) {
    List<Measurement> unsplit = alone(measurements).stream()
        .filter(m -> m.decodes() >= limits.fewestUnsplit())
        .toList();
    return unsplit.stream().mapToInt(Measurement::decodes).distinct().count() < 2
        ? Optional.empty()
        : Optional.of(new CapturedDecode(measurements, unsplit, limits.oneWave()));
  }

  private static List<Measurement> alone(List<Measurement> measurements) {
    return measurements.stream()
        .filter(m -> m.chunk() == 0 && m.decodes() > 0)
        .sorted(Comparator.comparingInt(Measurement::decodes)
            .thenComparingInt(Measurement::decodeContext))
        .toList();
  }

  private static double serial(List<Measurement> measurements) {
    List<Measurement> beside = measurements.stream()
        .filter(m -> m.chunk() > 0 && m.decodes() == 1)
        .sorted(Comparator.comparingInt(Measurement::chunk)
            .thenComparingInt(Measurement::chunkContext)
            .thenComparingInt(Measurement::decodeContext))
        .toList();
    if (beside.isEmpty()) {
      return 0;
    }
    Measurement first = beside.get(0);
    Measurement last = first;
    for (Measurement m : beside) {
      if (m.chunk() == first.chunk() && m.chunkContext() == first.chunkContext()) {
        last = m;
      }
    }
    return slope(first, last);
  }

  private static double slope(Measurement first, Measurement last) {
    int contexts = last.decodeContext() - first.decodeContext();
    return contexts == 0 ? 0 : Math.max(0, (last.nanos() - first.nanos()) / contexts);
  }

  /** Time where each sequence can run beside the others. */
  double sharedNanos(int sequences, double contextTokens) {
    double once = smallestNanos + contextNanos * contextTokens;
    beyond = false;
    if (sequences <= oneWave) {
      return once;
    }
    double unsplit = table.nanos(0, 0, Math.max(sequences, firstUnsplit), contextTokens);
    beyond = table.wasBeyond();
    double share = Math.min(1, (double) (sequences - oneWave) / (firstUnsplit - oneWave));
    return once + share * (unsplit - once);
  }

  /** Time that the longest context alone takes. */
  double serialNanos(int longestTokens) {
    return smallestNanos + serialNanos * longestTokens;
  }

  /** Whether the last {@link #sharedNanos} lies beyond the largest batch or longest contexts measured. */
  boolean wasBeyond() {
    return beyond;
  }
}
