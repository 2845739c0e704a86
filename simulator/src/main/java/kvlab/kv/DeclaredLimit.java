package kvlab.kv;

/**
 * The claim of a server that is told, with each request, how many tokens it may generate at most: the
 * prompt and that limit. The limit binds: the door turns away a request that would generate more, or cuts its output
 * as the real server would, so that no output length leaks into the claim.
 *
 * @param maxNewTokens the declared limit
 * @param mostTokens the most that prompt and output can be on this server; a limit beyond it is cut, as
 *     SGLang does ({@code tokenizer_manager.py}, {@code scheduler.py}: {@code max_new_tokens} is at most
 *     what the context and the pool leave after the prompt)
 */
record DeclaredLimit(int maxNewTokens, int mostTokens) implements Reservation {
  @Override
  public int claimTokens(long id, int promptTokens, int outputTokens, int maxModelTokens) {
    long declared = (long) promptTokens + maxNewTokens;
    return (int) Math.min(declared, Math.min(mostTokens, maxModelTokens));
  }

  @Override
  public int mostOutputTokens() {
    return maxNewTokens;
  }
}
