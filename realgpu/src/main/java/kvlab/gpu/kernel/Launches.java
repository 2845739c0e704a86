package kvlab.gpu.kernel;

import kvlab.gpu.device.Params;
import kvlab.gpu.device.Stream;

/**
 * Launches of the kernels that know no KV cache; grids and parameters are those that the named file in
 * {@code src/main/cuda} states. Arguments are device addresses, then sizes. For one thread.
 */
public final class Launches {
  private static final int SMALL_THREADS = 128;
  private static final int THREADS = 256;
  private static final int SILU_ELEMENTS = 2048; // of a block
  private static final int GEMM_TILE = 128;
  private static final int SKINNY_ROWS = 16; // of the weights, of a block
  private static final int SKINNY_INNER = 128; // its K is a multiple
  private static final int SKINNY_TOKENS = 64; // and M at most this

  private final KernelSet kernels;
  private final ElementType type;
  private final Params params = new Params();

  public Launches(KernelSet kernels, ElementType type) {
    this.kernels = kernels;
    this.type = type;
  }

  /** step.cu: out[token] = weights[ids[token]]. */
  public void embed(Stream stream, long out, long weights, long ids, int hidden, int tokens) {
    params.clear().pointer(out).pointer(weights).pointer(ids).int32(hidden);
    kernels.kernel("embed").launch(stream, tokens, 1, 1, THREADS, params);
  }

  /** step.cu: adds the input, if any, to the residual, and normalises that. */
  public void rmsNorm(
      Stream stream,
      long out,
      long residual,
      long input,
      long weight,
      int hidden,
      float epsilon,
      int tokens) {
    params
        .clear()
        .pointer(out)
        .pointer(residual)
        .pointer(input)
        .pointer(weight)
        .int32(hidden)
        .float32(epsilon);
    kernels.kernel("rms_norm_" + type).launch(stream, tokens, 1, 1, THREADS, params);
  }

  /** step.cu: out = gate * sigmoid(gate) * up. */
  public void siluMul(Stream stream, long out, long gateUp, int inner, int tokens) {
    params.clear().pointer(out).pointer(gateUp).int32(inner);
    int blocks = (inner + SILU_ELEMENTS - 1) / SILU_ELEMENTS;
    kernels.kernel("silu_mul_" + type).launch(stream, blocks, tokens, 1, THREADS, params);
  }

  /** step.cu: the id of each row's largest logit. */
  public void argmax(Stream stream, long ids, long logits, int vocabulary, int rows) {
    params.clear().pointer(ids).pointer(logits).int32(vocabulary);
    kernels.kernel("argmax_" + type).launch(stream, rows, 1, 1, THREADS, params);
  }

  /** {@code Y[m][n] = X[m][k] * W[n][k]^T}, by skinny_gemm.cu for few tokens and by gemm.cu for many. */
  public void gemm(Stream stream, long y, long x, long w, int m, int n, int k) {
    params.clear().pointer(y).pointer(x).pointer(w).int32(m).int32(n).int32(k);
    if (isSkinny(m, n, k)) {
      kernels
          .kernel(gemmName(m, n, k))
          .launch(stream, n / SKINNY_ROWS, 1, 1, SMALL_THREADS, params);
      return;
    }
    int across = (m + GEMM_TILE - 1) / GEMM_TILE;
    int down = (n + GEMM_TILE - 1) / GEMM_TILE;
    kernels.kernel(gemmName(m, n, k)).launch(stream, across, down, 1, THREADS, params);
  }

  private String gemmName(int m, int n, int k) {
    return isSkinny(m, n, k) ? "skinny_gemm_" + type + "_m" + skinnyTokens(m) : "gemm_" + type;
  }

  /** The tokens of the kernel of skinny_gemm.cu that takes so many. */
  public static int skinnyTokens(int m) {
    return m <= 8 ? 8 : Integer.highestOneBit(m - 1) << 1;
  }

  /** Blocks of the kernel for this product that run at once on one multiprocessor. */
  public int gemmBlocksPerProcessor(int m, int n, int k) {
    return kernels
        .kernel(gemmName(m, n, k))
        .blocksPerProcessor(isSkinny(m, n, k) ? SMALL_THREADS : THREADS);
  }

  /** Whether so many tokens go to skinny_gemm.cu. */
  public static boolean isSkinny(int m, int n, int k) {
    return m <= SKINNY_TOKENS && n % SKINNY_ROWS == 0 && k % SKINNY_INNER == 0;
  }

  /** bandwidth.cu: reads vectors of 16 bytes; a sum per block. */
  public void readSum(Stream stream, long sums, long in, int vectors, int blocks) {
    params.clear().pointer(sums).pointer(in).int32(vectors);
    kernels.kernel("read_sum").launch(stream, blocks, 1, 1, THREADS, params);
  }

  /** bandwidth.cu: copies vectors of 16 bytes. */
  public void streamCopy(Stream stream, long out, long in, int vectors, int blocks) {
    params.clear().pointer(out).pointer(in).int32(vectors);
    kernels.kernel("stream_copy").launch(stream, blocks, 1, 1, THREADS, params);
  }

  /** conformance.cu: every primitive on fixed inputs. */
  public void conformance(Stream stream, long out) {
    params.clear().pointer(out);
    kernels.kernel("primitive_conformance").launch(stream, 1, 1, 1, 32, params);
  }
}
