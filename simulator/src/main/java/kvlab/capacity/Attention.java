package kvlab.capacity;

import kvlab.workload.InputException;

/**
 * How a model attends, as far as its cache is concerned.
 *
 * <p>{@code kvLayers} are the layers whose cache grows with the tokens: {@code fullLayers} without end
 * and, where there is a window, the others up to it.
 *
 * @param heads query heads
 * @param kvHeads key/value heads; equal to heads for MHA
 * @param headDim elements of a head; of a value head for MLA
 * @param latentDim elements of the compressed latent per token and layer, MLA only
 * @param ropeDim elements of the shared rotary key per token and layer, MLA only
 * @param windowTokens tokens that a sliding layer attends to, the newest included; 0: none slides
 * @param fullLayers layers without a window, where others slide
 */
public record Attention(
    Kind kind,
    int kvLayers,
    int heads,
    int kvHeads,
    int headDim,
    int latentDim,
    int ropeDim,
    int windowTokens,
    int fullLayers) {

  /** The families of attention that differ in what they cache. */
  public enum Kind {
    /** Multi-head: a key and a value per query head. */
    MHA,
    /** Grouped-query: a key and a value per group of query heads. */
    GQA,
    /** Multi-head latent: one compressed vector per token (DeepSeek-V2, 2024). */
    MLA
  }

  public Attention {
    if (kvLayers < 1 || heads < 1 || kvHeads < 1 || headDim < 1) {
      throw new IllegalArgumentException("layers, heads and head size must be positive: " + kvLayers
          + ", " + heads + ", " + kvHeads + ", " + headDim);
    }
    if (kvHeads > heads || (kind == Kind.MHA && kvHeads != heads)) {
      throw new IllegalArgumentException(
          kind + " with " + heads + " heads cannot have " + kvHeads + " key/value heads");
    }
    boolean latent = kind == Kind.MLA;
    if (latent != (latentDim > 0) || latent != (ropeDim > 0)) {
      throw new IllegalArgumentException(
          kind + " with latent " + latentDim + " and rotary key " + ropeDim);
    }
    if (fullLayers > kvLayers || (windowTokens > 0 && fullLayers == kvLayers)) {
      throw new IllegalArgumentException(fullLayers + " of " + kvLayers
          + " layers are full with a window of " + windowTokens + " tokens");
    }
  }

  /** Layers that attend to a sliding window only. */
  public int slidingLayers() {
    return windowTokens == 0 ? 0 : kvLayers - fullLayers;
  }

  /** Tensors that the cache consists of: keys and values of each layer, or its latents. */
  public int kvTensors() {
    return kind == Kind.MLA ? kvLayers : 2 * kvLayers;
  }

  /**
   * Bytes that one token takes in the caches of one GPU while every layer keeps it.
   *
   * <pre>
   *   MHA, GQA   2 * kvLayers * max(1, ceil(kvHeads / t)) * bytes(headDim)
   *   MLA        kvLayers * bytes(latentDim + ropeDim)        every GPU holds the whole latent
   * </pre>
   *
   * @param tensorParallel t, GPUs that share a layer; with more GPUs than KV heads, heads are
   *     replicated
   */
  public long kvBytesPerToken(KvDtype dtype, int tensorParallel) {
    if (tensorParallel < 1) {
      throw new InputException("tensor parallel degree must be at least 1: " + tensorParallel);
    }
    if (kind == Kind.MLA) {
      return Math.multiplyExact(kvLayers, dtype.bytes(latentDim + ropeDim));
    }
    if (dtype == KvDtype.FP8_DS_MLA) {
      throw new InputException("KV dtype " + dtype + " is for MLA models, this one has " + kind);
    }
    long headsPerGpu = (kvHeads + tensorParallel - 1L) / tensorParallel;
    return Math.multiplyExact(2L * kvLayers * headsPerGpu, dtype.bytes(headDim));
  }
}
