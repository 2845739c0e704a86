package kvlab.kv;

/**
 * How much a sequence claims when it is admitted. The claim is the one number about a request's future
 * that control code may be given, and only as far as the design is said to know it.
 */
@FunctionalInterface
public interface Reservation {
  /** Nothing beyond the tokens there are: pages come on demand. */
  Reservation CURRENT = (id, promptTokens, outputTokens, maxModelTokens) -> promptTokens;

  /** The longest sequence that the model allows, which every system knows. */
  Reservation MAX = (id, promptTokens, outputTokens, maxModelTokens) -> maxModelTokens;

  /**
   * The prompt and the true output length rounded up to a power of two, cut at the model's maximum: an
   * output predictor that over-estimates by at most 2x ("Orca (Pow2)", SOSP 2023, section 6.1).
   */
  Reservation POW2 = (id, promptTokens, outputTokens, maxModelTokens) -> {
    long claim = (long) promptTokens + BuddyPlacement.ceilingPowerOfTwo(outputTokens);
    return (int) Math.min(claim, maxModelTokens);
  };

  /** The prompt and the true output length: a bound that no real system reaches ("Orca (Oracle)"). */
  Reservation ORACLE = (id, promptTokens, outputTokens, maxModelTokens) ->
      Math.min(promptTokens + outputTokens, maxModelTokens);

  /** The prompt and the most tokens that a request may generate, as its client declares them. */
  static Reservation declared(int maxNewTokens) {
    return declared(maxNewTokens, Integer.MAX_VALUE);
  }

  /** The same on a server where prompt and output can be so many tokens at most. */
  static Reservation declared(int maxNewTokens, int mostTokens) {
    return new DeclaredLimit(maxNewTokens, mostTokens);
  }

  /** A region of the same length for every request. */
  static Reservation fixed(int tokens) {
    return (id, promptTokens, outputTokens, maxModelTokens) -> tokens;
  }

  /**
   * Slots claimed, A of the accounting before whole pages are counted.
   *
   * @param id the request's data row in the trace, for a claim that differs by chance
   */
  int claimTokens(long id, int promptTokens, int outputTokens, int maxModelTokens);

  /** The most tokens that a request may generate, where the server stops it there. */
  default int mostOutputTokens() {
    return Integer.MAX_VALUE;
  }
}
