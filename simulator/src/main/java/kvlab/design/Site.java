package kvlab.design;

import kvlab.kv.Layers;

/**
 * Where a design is to serve: what the defaults of serving engines depend on.
 *
 * @param gpu catalogue name of the GPU
 * @param gpuMemoryBytes its memory
 * @param maxModelTokens the longest sequence to be served, prompt and output
 * @param kvTensors tensors that hold the KV: keys and values of every layer
 * @param tensorTokenBytes bytes of one token in one of these tensors, on one GPU
 * @param poolSlots tokens that fit the memory for KV, in every layer
 * @param layers the model's layers that keep KV, by how far they look back
 */
public record Site(
    String gpu,
    long gpuMemoryBytes,
    int maxModelTokens,
    int kvTensors,
    long tensorTokenBytes,
    long poolSlots,
    Layers layers) {
  /** A site whose model's layers are all alike. */
  public Site(
      String gpu,
      long gpuMemoryBytes,
      int maxModelTokens,
      int kvTensors,
      long tensorTokenBytes,
      long poolSlots) {
    this(gpu, gpuMemoryBytes, maxModelTokens, kvTensors, tensorTokenBytes, poolSlots, Layers.ALIKE);
  }

  /** A site where the model does not matter: its KV is one tensor with a byte per token. */
  public Site(String gpu, long gpuMemoryBytes, int maxModelTokens) {
    this(gpu, gpuMemoryBytes, maxModelTokens, 1, 1, Integer.MAX_VALUE);
  }
}
