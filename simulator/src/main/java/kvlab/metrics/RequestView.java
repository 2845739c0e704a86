package kvlab.metrics;

/** A request that has left the server, or never got in; times are -1 where it did not get that far. */
public interface RequestView {
  /** Requests that arrived before it. */
  long sequence();

  /** Its data row in the trace. */
  long id();

  long arrivalNanos();

  int promptTokens();

  int outputTokens();

  /** When the scheduler was told of it: the first time it decided after the arrival. */
  long queuedNanos();

  long firstScheduledNanos();

  long firstTokenNanos();

  long finishNanos();

  int preemptions();

  /** Prompt tokens that were in the pool at the first admission. */
  int cachedPromptTokens();
}
