package kvlab.workload;

/**
 * How a trace is read.
 *
 * @param limit reading stops once so many requests are used
 * @param hashBlockTokens prompt tokens per hash id whatever the file says; 0 to believe the file
 * @param zeroTokens what becomes of a row without a prompt or without output
 */
public record ReadOptions(long limit, int hashBlockTokens, ZeroTokens zeroTokens) {
  /** The whole file, as it says. */
  public static final ReadOptions DEFAULT = new ReadOptions(Long.MAX_VALUE, 0, ZeroTokens.DROP);

  /** What becomes of a row that has no prompt or no output: a failed or empty request. */
  public enum ZeroTokens {
    /** The row is left out and counted by its reason. */
    DROP,
    /** The row is an error. */
    REFUSE
  }

  public ReadOptions {
    if (limit < 1) {
      throw new InputException("limit must be at least 1: " + limit);
    }
    if (hashBlockTokens < 0) {
      throw new InputException(
          "hash block must be a positive number of tokens: " + hashBlockTokens);
    }
  }

  public ReadOptions withLimit(long requests) {
    return new ReadOptions(requests, hashBlockTokens, zeroTokens);
  }

  public ReadOptions withHashBlockTokens(int tokens) {
    return new ReadOptions(limit, tokens, zeroTokens);
  }

  public ReadOptions withZeroTokens(ZeroTokens policy) {
    return new ReadOptions(limit, hashBlockTokens, policy);
  }
}
