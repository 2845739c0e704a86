package kvlab.gpu.run;

import kvlab.capacity.Attention;
import kvlab.capacity.Model;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.workload.InputException;

/**
 * A Llama-shaped decoder: RMSNorm, grouped-query attention with RoPE, gated SiLU feed-forward.
 *
 * @param layers that are run; fewer than the model's where it is cut to fit
 * @param hidden width of the residual stream
 * @param inner width of the feed-forward layer
 */
public record LlamaShape(
    String name, int layers, int hidden, int inner, int vocabulary, HeadShape heads) {
  /** What the CPU twin runs: every kernel, in milliseconds. */
  public static final LlamaShape TINY =
      new LlamaShape("tiny", 2, 128, 128, 256, new HeadShape(2, 2, 64, ElementType.BF16));

  /**
   * The shape of a model of the catalogue.
   *
   * @param mostLayers 0 for all
   * @throws InputException when there are no kernels for it
   */
  public static LlamaShape of(Model model, ElementType type, int mostLayers) {
    Attention attention = model.attention();
    boolean dense = model.parameters() == model.activeParameters();
    if (!dense || attention.kvTensors() != 2 * model.layers()) {
      throw new InputException(model.name() + " is no dense decoder with keys and values in every"
          + " layer, which is what runs on a device");
    }
    int layers = mostLayers > 0 ? Math.min(mostLayers, model.layers()) : model.layers();
    try {
      HeadShape heads = new HeadShape(
          attention.kvHeads(), attention.heads() / attention.kvHeads(), attention.headDim(), type);
      return new LlamaShape(
          model.name(), layers, model.hidden(), model.ffn(), model.vocab(), heads);
    } catch (IllegalArgumentException e) {
      throw new InputException(model.name() + ": " + e.getMessage(), e);
    }
  }

  /** The same with so many of its layers. */
  public LlamaShape withLayers(int itsLayers) {
    return new LlamaShape(name, itsLayers, hidden, inner, vocabulary, heads);
  }

  /** Rows of the projection that makes queries, keys and values. */
  public int qkvElements() {
    return heads.queryElements() + 2 * heads.kvElements();
  }

  /** Elements of one layer's matrices. */
  public long layerElements() {
    return (long) hidden * qkvElements()
        + (long) heads.queryElements() * hidden
        + 3L * hidden * inner
        + 2L * hidden;
  }

  /** Elements of all weights; the output head is a table of its own. */
  public long weightElements() {
    return layers * layerElements() + 2L * vocabulary * hidden + hidden;
  }
}
