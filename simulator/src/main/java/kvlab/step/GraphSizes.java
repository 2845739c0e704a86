package kvlab.step;

/**
 * The batch sizes that CUDA graphs are captured for; a smaller batch runs in the next larger graph, a
 * larger one than all without a graph. By default those of vLLM 0.19 ({@code
 * cudagraph_capture_sizes}): 1, 2, 4, every 8th to 256, then every 16th, up to a largest.
 *
 * @param largest tokens of the largest graph, 0 for no graphs
 */
public record GraphSizes(int largest) {
  /** vLLM captures no larger one, and none beyond twice {@code max_num_seqs}. */
  public static final int LARGEST = 512;

  private static final int FINE_UP_TO = 256;
  private static final int FINE = 8;
  private static final int COARSE = 16;

  public GraphSizes {
    if (largest < 0) {
      throw new IllegalArgumentException("a graph of " + largest + " tokens");
    }
  }

  /** The graphs of a server that runs so many sequences at most. */
  public static GraphSizes forSequences(int maxSequences) {
    return new GraphSizes((int) Math.min(LARGEST, 2L * maxSequences));
  }

  /** Whether a batch of so many tokens runs in a graph. */
  boolean holds(int tokens) {
    return tokens <= largest;
  }

  /** The tokens that are computed for a batch of so many. */
  int padded(int tokens) {
    if (!holds(tokens) || tokens <= 2) {
      return tokens;
    }
    int step = tokens <= 4 ? 4 : tokens <= FINE_UP_TO ? FINE : COARSE;
    return Math.min((tokens + step - 1) / step * step, largest);
  }
}
