package kvlab.step;

/**
 * The shapes of a transformer's products on one GPU of a tensor-parallel group. Widths are columns of a
 * weight matrix; a mixture of experts has {@code experts} feed-forward networks, of which a token uses
 * {@code activeExperts}. Neither need be whole: parameters that no published width tells of (shared
 * experts, latent projections, biases) are counted as parts of an expert.
 *
 * @param layers transformer layers
 * @param kvLayers those that attend to cached keys and values
 * @param hidden width of the residual stream
 * @param qkvWidth of queries, keys and values together; 0 where they are counted with the experts
 * @param attentionWidth of the attention's output, the inner dimension of its projection
 * @param ffnWidth of an expert's inner layer
 * @param upMatrices projections into it: 2 with a gate
 * @param headWidth rows of the output head
 * @param weightBytes of a parameter in the layers
 * @param heads of one attention layer
 */
public record Transformer(
    int layers,
    int kvLayers,
    double hidden,
    double qkvWidth,
    double attentionWidth,
    double ffnWidth,
    int upMatrices,
    double experts,
    double activeExperts,
    double headWidth,
    double weightBytes,
    Heads heads) {

  /** Columns of an expert's first product. */
  public double upWidth() {
    return upMatrices * ffnWidth;
  }

  /** Elements that a normalisation moves per token: a vector in, a vector out; the residual is cached. */
  public double normElements() {
    return 2 * hidden;
  }

  /** Elements that the rotary embedding moves per token: queries and keys, in and out. */
  public double rotaryElements() {
    return 2.0 * (heads.query() + heads.kv()) * heads.elements();
  }

  /** Elements that an expert's activation moves per token. */
  public double activationElements() {
    return upWidth() + ffnWidth;
  }

  /**
   * Experts that some of so many tokens use, if each token chooses alike among all: {@code E (1 - (1 -
   * k/E)^tokens)}.
   */
  public double usedExperts(double tokens) {
    return activeExperts >= experts
        ? experts
        : experts * (1 - StrictMath.pow(1 - activeExperts / experts, tokens));
  }

  @Override
  public String toString() {
    return layers + " layers (" + kvLayers + " with KV) of " + Constants.plain(hidden)
        + ", products of "
        + Constants.plain(qkvWidth) + ", " + Constants.plain(attentionWidth) + " and " + upMatrices
        + " + 1 x "
        + Constants.plain(ffnWidth) + " in " + Constants.plain(activeExperts) + " of "
        + Constants.plain(experts)
        + " experts, head of " + Constants.plain(headWidth) + ", " + Constants.plain(weightBytes)
        + " bytes an element, attention of " + heads;
  }
}
