package kvlab.capacity;

/**
 * A language model as far as memory and step time depend on it.
 *
 * @param name catalogue name, such as {@code llama-3.1-8b}
 * @param family which weight equation holds, such as {@code llama}
 * @param layers transformer layers, whether or not they cache
 * @param hidden width of the residual stream
 * @param ffn width of the feed-forward layer, of one expert where there are several
 * @param vocab rows of the embedding table
 * @param parameters of the whole model
 * @param activeParameters that one token uses; fewer than all in a mixture of experts
 * @param maxModelTokens published context length
 * @param weightBytesPerParameter 2 for 16-bit weights
 * @param tiedEmbeddings whether the output head reuses the input embedding table
 */
public record Model(
    String name,
    String family,
    Attention attention,
    int layers,
    int hidden,
    int ffn,
    int vocab,
    long parameters,
    long activeParameters,
    int maxModelTokens,
    double weightBytesPerParameter,
    boolean tiedEmbeddings) {
  // Embedding tables stay in 16 bits when the other weights are quantised.
  private static final int EMBEDDING_ELEMENT_BYTES = 2;

  public Model {
    if (layers < 1 || hidden < 1 || ffn < 1 || vocab < 1 || maxModelTokens < 1) {
      throw new IllegalArgumentException(name + ": layers, widths and lengths must be positive");
    }
    if (activeParameters < 1 || activeParameters > parameters) {
      throw new IllegalArgumentException(
          name + ": " + activeParameters + " active of " + parameters + " parameters");
    }
    if (!(weightBytesPerParameter > 0 && weightBytesPerParameter <= 8)) {
      throw new IllegalArgumentException(
          name + ": weight bytes per parameter " + weightBytesPerParameter);
    }
  }

  /** Bytes that one token takes in the caches of one GPU; see {@link Attention#kvBytesPerToken}. */
  public long kvBytesPerToken(KvDtype dtype, int tensorParallel) {
    return attention.kvBytesPerToken(dtype, tensorParallel);
  }

  /** Bytes of all weights, over all GPUs. */
  public long weightBytes() {
    return Math.round(parameters * weightBytesPerParameter);
  }

  /**
   * Bytes of weights that a step reads, over all GPUs: all but the input embedding, of which a step
   * reads one row per token. A tied table is read whole as the output head. In a mixture of experts
   * this is the bound that large batches reach, where some token wants each expert.
   */
  public long streamedWeightBytes() {
    return weightBytes() - lookupParameters() * EMBEDDING_ELEMENT_BYTES;
  }

  /**
   * Floating-point operations per token, over all GPUs, without attention: a multiplication and an
   * addition per active parameter, the input embedding apart.
   */
  public double flopsPerToken() {
    return 2.0 * (activeParameters - lookupParameters());
  }

  /**
   * Floating-point operations per pair of a query token and a context token that it attends to, over
   * all GPUs: scores and weighted sum, 4 * kvLayers * heads * headDim.
   */
  public double attentionFlopsPerPair() {
    return 4.0 * attention.kvLayers() * attention.heads() * attention.headDim();
  }

  private long lookupParameters() {
    return tiedEmbeddings ? 0 : (long) vocab * hidden;
  }
}
