package kvlab.step;

import java.util.Locale;
import java.util.Optional;
import kvlab.kv.PageTable;
import org.jspecify.annotations.Nullable;

/**
 * A step time from measured times of the model's operators on the device, interpolated:
 *
 * <pre>
 *   t = layers * (dense(T') + attention) + once(T') + perSequence(N) + all-reduce(T')
 *       + C * copy + H * transfer + pauses
 *
 *   T   tokens computed in the step     T'  T padded to the next batch size that a CUDA graph was captured for
 *   N   sequences that sample           C, H  tokens whose KV is copied, and crosses the host link
 * </pre>
 *
 * Attention is {@link AttentionTable}'s; that of a step of decodes alone which runs in a CUDA graph is
 * {@link CapturedDecode}'s. Both hold for equal contexts. Unequal ones take longer, by a share of what it would
 * take if all were as long as the longest: {@code t = t(X) + skew (t(n L) - t(X))}, as LLMServingSim 2.0
 * measures it.
 *
 * <p>Times per token and per sequence are linear between the counts measured and beyond the last two.
 * Steps that used anything beyond what was measured are counted, see {@link #remark}. Not modelled: time of
 * the host where it is longer than that of the device, clocks that differ from those of the profile.
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
   * @param skew share of the longest context that unequal decode contexts cost
   * @param stepNanos of the host for a step, that the GPU waits for
   * @param sequenceNanos what a scheduled sequence adds to that
   * @param copyNanos of one token's KV within the device
   * @param transferNanos of one token's KV to or from the host
   */
  public record Engine(
      int layers,
      GraphSizes graphs,
      double skew,
      AllReduce allReduce,
      double stepNanos,
      double sequenceNanos,
      double copyNanos,
      double transferNanos) {}

  private final Operators operators;
  private final @Nullable CapturedDecode captured;
  private final Engine engine;
  private long steps;
  private long outsideSteps;
  private boolean outside; // the step being timed

  public ProfileStepTime(Operators operators, Engine engine) {
    this.operators = operators;
    this.captured = operators.captured.orElse(null);
    this.engine = engine;
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    double moves = batch.copiedTokens() * engine.copyNanos
        + batch.transferredTokens() * engine.transferNanos
        + batch.pauseNanos();
    if (batch.size() == 0) {
      return Math.max(1, Math.round(moves));
    }
    int tokens = (int) batch.totalTokens();
    int padded = engine.graphs.padded(tokens);
    outside = operators.layer.isOutside(padded) || operators.perSequence.isOutside(batch.size());
    double attention = attention(batch);
    steps++;
    outsideSteps += outside ? 1 : 0;
    double time = engine.stepNanos
        + batch.size() * engine.sequenceNanos
        + engine.layers * (operators.layer.nanos(padded) + attention)
        + operators.once.nanos(padded)
        + operators.perSequence.nanos(batch.size())
        + engine.allReduce.nanos(padded);
    return Math.max(1, Math.round(time + moves));
  }

  private double attention(Batch batch) {
    int decodes = batch.decodes();
    long context = batch.decodeContext();
    double longest = (double) decodes * batch.longestDecode();
    long prefill = batch.totalTokens() - decodes;
    if (prefill == 0 && engine.graphs.holds(decodes) && captured != null) {
      double shared = captured.sharedNanos(decodes, (double) context);
      outside |= captured.wasBeyond();
      return Math.max(shared, captured.serialNanos(batch.longestDecode()));
    }
    double pairs = (double) (batch.totalPairs() - context);
    double equal = operators.attention.nanos(prefill, pairs, decodes, (double) context);
    outside |= operators.attention.wasOutside();
    if (engine.skew == 0 || decodes < 2) {
      return equal;
    }
    double slowest = operators.attention.nanos(prefill, pairs, decodes, longest);
    return equal + engine.skew * Math.max(0, slowest - equal);
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
