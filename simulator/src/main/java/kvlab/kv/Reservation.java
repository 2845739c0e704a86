package kvlab.kv;

/**
 * How much a sequence claims when it is admitted. The claim is the one number about a request's
 * future that control code may be given, and only as far as the design is said to know it.
 */
public enum Reservation {
  /** Nothing beyond the tokens there are: pages come on demand. */
  CURRENT {
    @Override
    public int claimTokens(int promptTokens, int outputTokens, int maxModelTokens) {
      return promptTokens;
    }
  },
  /** The longest sequence that the model allows, which every system knows. */
  MAX {
    @Override
    public int claimTokens(int promptTokens, int outputTokens, int maxModelTokens) {
      return maxModelTokens;
    }
  },
  /**
   * The prompt and the true output length rounded up to a power of two, cut at the model's maximum:
   * an output predictor that over-estimates by at most 2x ("Orca (Pow2)", SOSP 2023, section 6.1).
   */
  POW2 {
    @Override
    public int claimTokens(int promptTokens, int outputTokens, int maxModelTokens) {
      long claim = (long) promptTokens + BuddyPlacement.ceilingPowerOfTwo(outputTokens);
      return (int) Math.min(claim, maxModelTokens);
    }
  },
  /** The prompt and the true output length: a bound that no real system reaches ("Orca (Oracle)"). */
  ORACLE {
    @Override
    public int claimTokens(int promptTokens, int outputTokens, int maxModelTokens) {
      return Math.min(promptTokens + outputTokens, maxModelTokens);
    }
  };

  /** Slots claimed, A of the accounting before whole pages are counted. */
  public abstract int claimTokens(int promptTokens, int outputTokens, int maxModelTokens);
}
