package kvlab.gpu.run;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.kernel.KvLaunches.DecodeWork;
import kvlab.gpu.kernel.KvLaunches.Table;
import kvlab.gpu.kernel.KvLaunches.Tokens;
import kvlab.gpu.kernel.Launches;

/**
 * All layers over the tokens of one pass, with activations for so many:
 *
 * <pre>
 *   ids -> embed -> residual
 *   per layer: norm -> qkv -> RoPE and cache write -> decode / prefill attention -> output
 *              norm -> gate and up -> SiLU -> down
 *   norm -> rows that sample -> head -> argmax -> ids
 * </pre>
 */
final class LlamaPass implements AutoCloseable {
  private static final float EPSILON = 1e-5f;
  static final int HEAD_ROWS = 256; // rows of logits that are kept at a time
  private static final double ROPE_BASE = 500_000; // Llama 3

  private final LlamaShape shape;
  private final LlamaWeights weights;
  private final Launches launches;
  private final KvLaunches kv;
  private final Resources resources = new Resources();
  private final DeviceMemory residual;
  private final DeviceMemory normed;
  private final DeviceMemory delta;
  private final DeviceMemory qkv;
  private final DeviceMemory query;
  private final DeviceMemory attended;
  private final DeviceMemory gateUp;
  private final DeviceMemory gated;
  private final DeviceMemory sampling;
  private final DeviceMemory logits;
  private final DeviceMemory cosSin;

  LlamaPass(
      Device device,
      KernelSet kernels,
      LlamaShape shape,
      LlamaWeights weights,
      KvLaunches kv,
      int passTokens,
      int maxSequences,
      int maxPositions) {
    this.shape = shape;
    this.weights = weights;
    this.kv = kv;
    this.launches = new Launches(kernels, shape.heads().type());
    try {
      int hidden = shape.hidden();
      residual = rows(device, passTokens, hidden);
      normed = rows(device, passTokens, hidden);
      delta = rows(device, passTokens, hidden);
      qkv = rows(device, passTokens, shape.qkvElements());
      query = rows(device, passTokens, shape.heads().queryElements());
      attended = rows(device, passTokens, shape.heads().queryElements());
      gateUp = rows(device, passTokens, 2 * shape.inner());
      gated = rows(device, passTokens, shape.inner());
      sampling = rows(device, StepPlan.bucketOf(maxSequences) + maxSequences, hidden);
      logits = rows(device, HEAD_ROWS, shape.vocabulary());
      cosSin = resources.add(device.allocate(4L * maxPositions * shape.heads().headSize()));
      cosSin.write(rotations(shape.heads(), maxPositions));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private DeviceMemory rows(Device device, int rows, int elements) {
    return resources.add(device.allocate((long) ElementType.BYTES * rows * elements));
  }

  /** {@code [position][D]}: D / 2 cosines, then D / 2 sines, of angles position * base^(-2i / D). */
  static float[] rotations(HeadShape heads, int positions) {
    int half = heads.headSize() / 2;
    float[] table = new float[positions * heads.headSize()];
    for (int i = 0; i < half; i++) {
      double frequency = StrictMath.pow(ROPE_BASE, -(double) i / half);
      for (int position = 0; position < positions; position++) {
        double angle = position * frequency;
        table[position * heads.headSize() + i] = (float) StrictMath.cos(angle);
        table[position * heads.headSize() + half + i] = (float) StrictMath.sin(angle);
      }
    }
    return table;
  }

  /**
   * Embeds tokens and runs all layers; the new tokens' keys and values are in their slots afterwards.
   *
   * @param ids {@code int [token]}
   * @param bucket tokens at the start that decode
   * @param prefillWork {@code int [item][4]}
   */
  void layers(
      Stream stream,
      Table table,
      Tokens tokens,
      long ids,
      int bucket,
      DecodeWork decodeWork,
      long prefillWork,
      int prefillItems) {
    int n = tokens.count();
    int hidden = shape.hidden();
    launches.embed(stream, residual.address(), weights.embedding(), ids, hidden, n);
    for (int layer = 0; layer < shape.layers(); layer++) {
      norm(stream, weights.attentionNorm(layer), layer == 0 ? 0 : delta.address(), n);
      gemm(stream, qkv, normed, weights.qkv(layer), n, shape.qkvElements(), hidden);
      kv.ropeCacheWrite(
          stream, layer, table, tokens, query.address(), qkv.address(), cosSin.address());
      if (bucket > 0) {
        kv.decode(stream, layer, table, decodeWork, attended.address(), query.address());
      }
      if (prefillItems > 0) {
        kv.prefill(
            stream, layer, table, prefillWork, prefillItems, attended.address(), query.address());
      }
      gemm(
          stream,
          delta,
          attended,
          weights.output(layer),
          n,
          hidden,
          shape.heads().queryElements());
      norm(stream, weights.feedForwardNorm(layer), delta.address(), n);
      gemm(stream, gateUp, normed, weights.gateUp(layer), n, 2 * shape.inner(), hidden);
      launches.siluMul(stream, gated.address(), gateUp.address(), shape.inner(), n);
      gemm(stream, delta, gated, weights.down(layer), n, hidden, shape.inner());
    }
    norm(stream, weights.finalNorm(), shape.layers() == 0 ? 0 : delta.address(), n);
  }

  private void norm(Stream stream, long weight, long input, int tokens) {
    launches.rmsNorm(
        stream,
        normed.address(),
        residual.address(),
        input,
        weight,
        shape.hidden(),
        EPSILON,
        tokens);
  }

  private void gemm(Stream stream, DeviceMemory y, DeviceMemory x, long w, int m, int n, int k) {
    launches.gemm(stream, y.address(), x.address(), w, m, n, k);
  }

  /** Keeps the outcome of {@code count} tokens from {@code token} on for {@link #sample}. */
  void keep(Stream stream, int token, int count, int samplingRow) {
    long row = (long) ElementType.BYTES * shape.hidden();
    sampling.copy(samplingRow * row, normed, token * row, count * row, stream);
  }

  /**
   * Samples the next token of the rows kept.
   *
   * @param ids {@code int [row]}
   */
  void sample(Stream stream, int rows, long ids) {
    for (int first = 0; first < rows; first += HEAD_ROWS) {
      int count = Math.min(HEAD_ROWS, rows - first);
      long from = sampling.address() + (long) ElementType.BYTES * first * shape.hidden();
      launches.gemm(
          stream,
          logits.address(),
          from,
          weights.head(),
          count,
          shape.vocabulary(),
          shape.hidden());
      launches.argmax(stream, ids + 4L * first, logits.address(), shape.vocabulary(), count);
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
