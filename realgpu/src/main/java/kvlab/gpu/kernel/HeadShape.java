package kvlab.gpu.kernel;

/**
 * The attention heads that kernels are compiled for.
 *
 * @param kvHeads heads that have keys and values
 * @param group query heads per KV head, 1 to 8
 * @param headSize elements of a head, 64 or 128
 */
public record HeadShape(int kvHeads, int group, int headSize, ElementType type) {
  public HeadShape {
    if (kvHeads < 1 || group < 1 || group > 8 || (headSize != 64 && headSize != 128)) {
      throw new IllegalArgumentException("no kernels for " + kvHeads + " KV heads with " + group
          + " query heads each, of " + headSize + " elements: 1 to 8, and 64 or 128");
    }
  }

  public int queryHeads() {
    return kvHeads * group;
  }

  /** Elements of the queries of one token. */
  public int queryElements() {
    return queryHeads() * headSize;
  }

  /** Elements of the keys, or of the values, of one token in one layer. */
  public int kvElements() {
    return kvHeads * headSize;
  }

  /** What scores are multiplied with so that base-2 exponentials give the softmax. */
  float scaleLog2() {
    return (float) (1 / (StrictMath.log(2) * StrictMath.sqrt(headSize)));
  }
}
