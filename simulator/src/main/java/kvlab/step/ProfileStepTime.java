package kvlab.step;

import java.util.Locale;
import java.util.Optional;
import kvlab.kv.PageTable;
import org.jspecify.annotations.Nullable;

/**
 * A step time from measured times of the model's operators on the device, interpolated:
 *
 * <pre>
 *   t = step + layers * (dense(T') + attention + eager + narrow) + once(T') + perSequence(N)
 *       + all-reduce(T') + C * copy + H * transfer + pauses
 *
 *   dense(T') = d(1) + clock * (d(T') - d(1))
 *   attention = a(T, Y, n, X) + key * (L - X / n)
 *
 *   T   tokens computed in the step     T'  T padded to the next batch size that a CUDA graph was captured for
 *   N   sequences that sample           C, H  tokens whose KV is copied, and crosses the host link
 *   n   sequences that decode           X, L  the sum of their contexts, and the longest
 *   Y   pairs of a prompt's token and a token that it attends to
 *   d   products and element-wise operators of a layer, as measured; d(1) is reading the weights
 *   a   {@link AttentionTable}, measured with equal contexts
 * </pre>
 *
 * No profile of operators has these, which are {@link Constant}s of a GPU and the host it is in:
 *
 * <ul>
 *   <li>{@code key}: where contexts are unequal, one thread block per head still reads the longest when the
 *       others are through. A block alone takes a fixed time per token, bound by the latency of memory.
 *   <li>{@code clock}: arithmetic under lasting load over that in the profile; reading weights is memory's.
 *   <li>{@code eager}: outside a CUDA graph, which is any step with a prompt, layers are launched by the host.
 *   <li>{@code narrow}: for at most 64 tokens, one tile of rows, the engine's products are slower than alone.
 *   <li>{@code step}: what is between two steps, such as copying inputs and the tokens sampled.
 *   <li>{@code cold}: the first step of a server loads its kernels.
 * </ul>
 *
 * A step of decodes alone that runs in a graph has {@link CapturedDecode}'s attention.
 *
 * <p>Times per token and per sequence are linear between the counts measured and beyond the last two.
 * Steps that used anything beyond what was measured are counted, see {@link #remark}. Not modelled:
 * operators that a compiler fuses; products of many tokens that run other kernels in the engine than alone.
 */
public final class ProfileStepTime implements StepClock {
  /**
   * What was measured, in nanoseconds.
   *
   * @param attention of one layer
   * @param captured decode attention of one layer in a graph, where that differs
   * @param layer operators of a layer, by tokens
   * @param once operators outside the layers, by tokens
   * @param perSequence output head and sampler, by sequences
   */
  public record Operators(
      AttentionTable attention,
      Optional<CapturedDecode> captured,
      CountTable layer,
      CountTable once,
      CountTable perSequence) {}

  /**
   * How the device is driven.
   *
   * @param graphs batch sizes that CUDA graphs were captured for
   * @param keyNanos of a thread block per token of a decode's context
   * @param clock time that arithmetic takes, over that in the profile
   * @param stepNanos of a step beyond its kernels
   * @param eagerNanos of a layer that is launched outside a CUDA graph
   * @param narrowNanos of a layer of at most {@link #NARROW_TOKENS}
   * @param coldNanos of the first step
   * @param copyNanos of one token's KV within the device
   * @param transferNanos of one token's KV to or from the host
   */
  public record Engine(
      int layers,
      GraphSizes graphs,
      double keyNanos,
      double clock,
      AllReduce allReduce,
      double stepNanos,
      double eagerNanos,
      double narrowNanos,
      double coldNanos,
      double copyNanos,
      double transferNanos) {}

  private static final int NARROW_TOKENS = 64; // rows of the smallest tile of a product

  private final Operators operators;
  private final @Nullable CapturedDecode captured;
  private final Engine engine;
  private final double floorNanos; // products of one token: reading the weights
  private long steps;
  private long outsideSteps;
  private boolean outside; // the step being timed

  public ProfileStepTime(Operators operators, Engine engine) {
    this.operators = operators;
    this.captured = operators.captured.orElse(null);
    this.engine = engine;
    this.floorNanos = operators.layer.nanos(1);
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    if (batch.size() == 0) {
      return whole(moves(batch));
    }
    double before = beforeAttention(batch);
    double attention = attention(batch);
    double apart = cold() + moves(batch);
    count();
    return whole(before + engine.layers * attention + apart);
  }

  /** Each time is what {@link #nanos} says; of a graph's only its attention changes. */
  @Override
  public int repeated(Batch batch, PageTable table, long[] nanos, int mostSteps, long forNanos) {
    if (captured == null || !isInGraph(batch)) {
      return StepClock.super.repeated(batch, table, nanos, mostSteps, forNanos);
    }
    double before = beforeAttention(batch);
    boolean productsOutside = outside;
    double apart = cold() + moves(batch);
    int sequences = batch.size();
    int graph = engine.graphs.padded(sequences);
    long context = batch.decodeContext();
    double longest = batch.longestDecode();
    int step = 0;
    for (long sum = 0; step < mostSteps && (step == 0 || (sum >= 0 && sum < forNanos)); step++) {
      outside = productsOutside || captured.isBeyond(sequences, (double) context);
      double attention = captured.nanos(graph, sequences, (double) context, longest);
      count();
      nanos[step] = whole(before + engine.layers * attention + apart);
      sum += nanos[step];
      apart = 0;
      context += sequences;
      longest++;
    }
    return step;
  }

  private static long whole(double nanos) {
    return Math.max(1, Math.round(nanos));
  }

  private double cold() {
    return steps == 0 ? engine.coldNanos : 0;
  }

  private double moves(Batch batch) {
    return batch.copiedTokens() * engine.copyNanos
        + batch.transferredTokens() * engine.transferNanos
        + batch.pauseNanos();
  }

  private double beforeAttention(Batch batch) {
    int padded = engine.graphs.padded((int) batch.totalTokens());
    outside = operators.layer.isOutside(padded) || operators.perSequence.isOutside(batch.size());
    return engine.stepNanos
        + (padded <= NARROW_TOKENS ? engine.layers * engine.narrowNanos : 0)
        + (isInGraph(batch) ? 0 : engine.layers * engine.eagerNanos)
        + engine.layers * dense(padded)
        + operators.once.nanos(padded)
        + operators.perSequence.nanos(batch.size())
        + engine.allReduce.nanos(padded);
  }

  private void count() {
    steps++;
    outsideSteps += outside ? 1 : 0;
  }

  /** vLLM captures whole steps of decodes; with a prompt attention is launched by itself. */
  private boolean isInGraph(Batch batch) {
    return batch.totalTokens() == batch.decodes() && engine.graphs.holds(batch.decodes());
  }

  private double attention(Batch batch) {
    int decodes = batch.decodes();
    long context = batch.decodeContext();
    long prefill = batch.totalTokens() - decodes;
    if (captured != null && isInGraph(batch)) {
      outside |= captured.isBeyond(decodes, (double) context);
      return captured.nanos(
          engine.graphs.padded(decodes), decodes, (double) context, batch.longestDecode());
    }
    double pairs = (double) (batch.totalPairs() - context);
    double equal = operators.attention.nanos(prefill, pairs, decodes, (double) context);
    outside |= operators.attention.wasOutside();
    return decodes == 0
        ? equal
        : equal + engine.keyNanos * (batch.longestDecode() - (double) context / decodes);
  }

  /** Products of one layer. */
  private double dense(int tokens) {
    return floorNanos + engine.clock * (operators.layer.nanos(tokens) - floorNanos);
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public String remark() {
    return outsideSteps == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "step times of %,d of %,d steps lie beyond what the profile measured",
            outsideSteps,
            steps);
  }
}
