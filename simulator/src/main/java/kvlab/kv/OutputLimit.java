package kvlab.kv;

/**
 * The claim of a server that reserves what the client declares and stops a request there: the prompt and
 * {@code max_new_tokens}, cut at the model's maximum. A request whose output is longer would be cut short
 * by the real server, so the door applies the limit and no output length leaks into the claim.
 *
 * @param maxNewTokens the most tokens that any request may generate
 */
public record OutputLimit(int maxNewTokens) implements Reservation {
  @Override
  public int claimTokens(long id, int promptTokens, int outputTokens, int maxModelTokens) {
    return (int) Math.min((long) promptTokens + maxNewTokens, maxModelTokens);
  }

  @Override
  public int mostOutputTokens() {
    return maxNewTokens;
  }
}
