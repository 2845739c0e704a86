package kvlab.kv;

/**
 * Layers by how far back they look.
 *
 * @param full layers that attend to every token
 * @param sliding layers that attend to the last {@code windowTokens} tokens, the newest included
 * @param windowTokens the sliding window; without sliding layers 0
 */
public record Layers(int full, int sliding, int windowTokens) {
  /** All layers alike, so that none needs to be told apart: a slot is one token in all of them. */
  public static final Layers ALIKE = new Layers(1, 0, 0);

  public Layers {
    if (full < 0 || sliding < 0 || full + sliding < 1 || sliding > 0 != windowTokens > 0) {
      throw new IllegalArgumentException(full + " full and " + sliding
          + " sliding layers with a window of " + windowTokens + " tokens");
    }
  }

  public int count() {
    return full + sliding;
  }

  public boolean slide() {
    return sliding > 0;
  }

  /**
   * How many of a sequence's leading tokens its sliding layers will not read again once so many are
   * computed: the next token sees itself and the {@code windowTokens - 1} before it.
   */
  public int passedTokens(int computedTokens) {
    return slide() ? Math.max(0, computedTokens - windowTokens + 1) : 0;
  }
}
