package kvlab.design;

/**
 * Where a design is to serve: what the defaults of serving engines depend on.
 *
 * @param gpu catalogue name of the GPU
 * @param gpuMemoryBytes its memory
 * @param maxModelTokens the longest sequence to be served, prompt and output
 * @param kvTensors tensors that hold the KV: keys and values of every layer
 * @param tensorTokenBytes bytes of one token in one of these tensors, on one GPU
 * @param poolSlots tokens that fit the memory for KV
 */
public record Site(
    String gpu,
    long gpuMemoryBytes,
    int maxModelTokens,
    int kvTensors,
    long tensorTokenBytes,
    long poolSlots) {
  /** A site where the model does not matter: its KV is one tensor with a byte per token. */
  public Site(String gpu, long gpuMemoryBytes, int maxModelTokens) {
    this(gpu, gpuMemoryBytes, maxModelTokens, 1, 1, Integer.MAX_VALUE);
  }
}
