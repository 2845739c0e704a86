package kvlab.step;

/**
 * The attention heads of one layer on one GPU.
 *
 * @param query query heads
 * @param kv heads of keys and values; 1 for a latent that all query heads share
 * @param elements of a head
 * @param tokenBytes keys and values of one token in this layer
 */
public record Heads(int query, int kv, int elements, double tokenBytes) {
  public Heads {
    if (query < 1 || kv < 1 || elements < 1 || !(tokenBytes > 0)) {
      throw new IllegalArgumentException("heads must be positive: " + query + " query, " + kv
          + " KV, " + elements + " elements, " + tokenBytes + " bytes of a token");
    }
  }

  @Override
  public String toString() {
    return query + " heads on " + kv + " of " + elements + ", " + Constants.plain(tokenBytes)
        + " bytes a token";
  }
}
