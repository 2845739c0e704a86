package kvlab.step;

import kvlab.kv.PageTable;

/**
 * A step time kernel by kernel, each from what the hardware can do at best; see {@link Kernels}:
 *
 * <pre>
 *   t = step + sequence S + layers (qkv(T) + out(T) + up(T) + down(T) + element-wise(T))
 *       + kv layers attention + head(S) + C 2 k / B' + H k / L + pauses
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
 * experts each token chooses at random, and the experts used are one product of that many columns. Not
 * modelled: communication between GPUs, work of the CPU beyond what {@code step-ns} has, batch padding.
 */
public final class RooflineStepTime implements StepClock {
  private static final double BYTES = 2; // of an activation
  private static final int NORMS = 2; // per layer

  private final Kernels kernels;
  private final Transformer model;
  private final Constants constants;
  private final double stepNanos;
  private final double sequenceNanos;
  private final double copyNanos;
  private final double transferNanos;

  private double lastTokens = -1;
  private double lastSequences = -1;
  private double lastDense;

  /**
   * A clock for one model on one GPU of its group.
   *
   * @param hostBytesPerNano rate of the link to host memory
   */
  public RooflineStepTime(
      Device device, Constants constants, Transformer model, double hostBytesPerNano) {
    this.constants = constants;
    this.kernels = new Kernels(device, constants);
    this.model = model;
    this.stepNanos = constants.of(Constant.STEP_NS);
    this.sequenceNanos = constants.of(Constant.SEQUENCE_NS);
    double kvBytes = model.kvLayers() * model.heads().tokenBytes();
    double reached = device.bytesPerNano() * constants.of(Constant.DECODE_BANDWIDTH);
    this.copyNanos = 2 * kvBytes / reached;
    this.transferNanos = kvBytes / hostBytesPerNano;
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    double nanos = stepNanos
        + batch.copiedTokens() * copyNanos
        + batch.transferredTokens() * transferNanos
        + batch.pauseNanos();
    if (batch.size() > 0) {
      nanos += batch.size() * sequenceNanos
          + dense((double) batch.totalTokens(), batch.size())
          + model.kvLayers() * attention(batch);
    }
    return Math.max(1, Math.round(nanos));
  }

  /** All but attention; a stretch of decoding asks for the same again and again. */
  private double dense(double tokens, double sequences) {
    if (tokens != lastTokens || sequences != lastSequences) {
      lastDense = (tokens == 0 ? 0 : model.layers() * layer(tokens))
          + kernels.gemm(sequences, model.headWidth(), model.hidden(), BYTES);
      lastTokens = tokens;
      lastSequences = sequences;
    }
    return lastDense;
  }

  private double layer(double tokens) {
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
      return decodes == 0 ? 0 : kernels.decode(decodes, context, model.heads());
    }
    double prefill = kernels.prefill(
        prefills,
        tokens,
        batch.meanContext() - context,
        batch.meanPairs() - context,
        model.heads());
    return decodes == 0
        ? prefill
        : prefill + kernels.decodeBesidePrefill(decodes, context, model.heads());
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  /** Its constants; the rest is the model's and the GPU's. */
  @Override
  public String toString() {
    return "roofline:" + constants;
  }
}
