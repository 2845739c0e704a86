package kvlab.step;

import kvlab.kv.PageTable;

/**
 * A step time kernel by kernel, each from what the hardware can do at best; see {@link Kernels}:
 *
 * <pre>
 *   t = step + sequence S + layers (qkv(T) + out(T) + up(T) + down(T) + element-wise(T))
 *       + kv layers attention + head(S) + sums(T) + C 2 k / B' + H k / L + pauses
 *
 *   S  sequences in the step                         T  tokens computed in it
 *   C  tokens whose KV is copied: read and written   H  tokens whose KV crosses the host link, of rate L
 *   k  bytes of KV per token                         B' bandwidth that decode attention reaches
 * </pre>
 *
 * Decodes are known by their number and the sum of their contexts, prefills by their number, tokens,
 * contexts and query-key pairs, so sequences of different lengths count as so many of their mean length:
 * exact where memory or arithmetic bounds, low where one long sequence outlasts the rest. Of layers with a
 * sliding window only what is inside counts: contexts and pairs are means over all layers. In a mixture of
 * experts each token chooses at random, and the experts used are one product of that many columns. Under
 * tensor parallelism each GPU has its share of widths and heads, and {@link AllReduce} adds the sums over
 * them. Not modelled: work of the CPU beyond what {@code step-ns} has, batch padding, gathering the logits.
 */
public final class RooflineStepTime implements StepClock {
  private static final double BYTES = 2; // of an activation
  private static final int NORMS = 2; // per layer
  private static final int REMEMBERED = 1 << 14; // counts below which results are kept

  private final Kernels kernels;
  private final Device device;
  private final Constants constants;
  private final Transformer model;
  private final AllReduce sums;
  private final double stepNanos;
  private final double sequenceNanos;
  private final double copyNanos;
  private final double transferNanos;

  private final DecodeArcs arcs;
  private final double[] layerNanos = new double[REMEMBERED]; // [tokens], 0 for not asked yet
  private final double[] headNanos = new double[REMEMBERED]; // [sequences], 0 for not asked yet

  /**
   * A clock for one model on one GPU of its group.
   *
   * @param sums over the group
   * @param hostBytesPerNano rate of the link to host memory
   */
  public RooflineStepTime(
      Device device,
      Constants constants,
      Transformer model,
      AllReduce sums,
      double hostBytesPerNano) {
    this.kernels = new Kernels(device, constants);
    this.model = model;
    this.sums = sums;
    this.arcs = new DecodeArcs(kernels, model.heads());
    this.device = device;
    this.constants = constants;
    this.stepNanos = constants.of(Constant.STEP_NS);
    this.sequenceNanos = constants.of(Constant.SEQUENCE_NS);
    double kvBytes = model.kvLayers() * model.heads().tokenBytes();
    double reached = device.bytesPerNano() * constants.of(Constant.DECODE_BANDWIDTH);
    this.copyNanos = 2 * kvBytes / reached;
    this.transferNanos = kvBytes / hostBytesPerNano;
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    double nanos = batch.size() == 0 ? stepNanos : beforeAttention(batch);
    return whole(nanos + model.kvLayers() * attention(batch) + moves(batch));
  }

  private double beforeAttention(Batch batch) {
    return stepNanos + batch.size() * sequenceNanos + dense(batch.totalTokens(), batch.size());
  }

  private double moves(Batch batch) {
    return batch.copiedTokens() * copyNanos
        + batch.transferredTokens() * transferNanos
        + batch.pauseNanos();
  }

  private static long whole(double nanos) {
    return Math.max(1, (long) (nanos + 0.5));
  }

  /** Along one arc after the other; each time is what {@link #nanos} says. */
  @Override
  public int repeated(Batch batch, PageTable table, long[] nanos, int mostSteps, long forNanos) {
    int sequences = batch.size();
    double before = beforeAttention(batch);
    double moves = moves(batch);
    long tileTokens = DecodeArcs.tileTokens(sequences);
    long context = batch.decodeContext();
    int step = 0;
    for (long sum = 0; step < mostSteps && sum >= 0 && (sum < forNanos || step == 0); ) {
      long tile = (context - 1) / tileTokens + 1;
      long inTile = context - (tile - 1) * tileTokens;
      int place = arcs.place(sequences, tile);
      do {
        double attention = arcs.along(place, (double) inTile);
        nanos[step] = whole(before + model.kvLayers() * attention + moves);
        sum += nanos[step++];
        moves = 0;
        inTile += sequences;
      } while (inTile <= tileTokens && step < mostSteps && sum >= 0 && sum < forNanos);
      context = (tile - 1) * tileTokens + inTile;
    }
    return step;
  }

  /** All but attention; it depends on two counts that come again and again. */
  private double dense(long tokens, long sequences) {
    return (tokens == 0 ? 0 : model.layers() * layer(tokens) + sums.nanos(tokens))
        + head(sequences);
  }

  private double layer(long tokens) {
    if (tokens >= REMEMBERED) {
      return layerOf((double) tokens);
    }
    if (layerNanos[(int) tokens] == 0) {
      layerNanos[(int) tokens] = layerOf((double) tokens);
    }
    return layerNanos[(int) tokens];
  }

  private double head(long sequences) {
    if (sequences >= REMEMBERED) {
      return headOf(sequences);
    }
    if (headNanos[(int) sequences] == 0) {
      headNanos[(int) sequences] = headOf(sequences);
    }
    return headNanos[(int) sequences];
  }

  private double headOf(long sequences) {
    return kernels.gemm((double) sequences, model.headWidth(), model.hidden(), BYTES);
  }

  private double layerOf(double tokens) {
    double nanos = 0;
    if (model.qkvWidth() > 0) {
      nanos += kernels.gemm(tokens, model.qkvWidth(), model.hidden(), model.weightBytes())
          + kernels.gemm(tokens, model.hidden(), model.attentionWidth(), model.weightBytes());
    }
    double used = model.usedExperts(tokens);
    double each = tokens * model.activeExperts() / used;
    double active = BYTES * tokens * model.activeExperts();
    return nanos
        + kernels.gemm(each, used * model.upWidth(), model.hidden(), model.weightBytes())
        + kernels.gemm(each, used * model.hidden(), model.ffnWidth(), model.weightBytes())
        + NORMS * kernels.elementwise(BYTES * tokens * model.normElements())
        + kernels.elementwise(BYTES * tokens * model.rotaryElements())
        + kernels.elementwise(active * model.activationElements());
  }

  private double attention(Batch batch) {
    int decodes = batch.decodes();
    int prefills = batch.size() - decodes;
    double tokens = (double) batch.totalTokens() - decodes;
    double context = batch.meanDecodeContext();
    if (tokens == 0) {
      return decodes == 0 ? 0 : arcs.nanos(decodes, context);
    }
    double prefillContext = batch.meanContext() - context;
    double pairs = batch.meanPairs() - context;
    return decodes == 0
        ? kernels.prefill(prefills, tokens, prefillContext, pairs, model.heads())
        : kernels.mixed(prefills, tokens, prefillContext, pairs, decodes, context, model.heads());
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public String toString() {
    return "roofline:" + constants + " on " + device + "; " + model + "; " + sums;
  }
}
