package kvlab.workload;

/**
 * Requests in arrival order, one at a time: a cursor that is re-pointed at each request, so that a
 * trace of any length replays without an object per request. Accessors tell of the request that the
 * last successful {@link #next} moved to.
 *
 * <p>{@link #outputTokens} is what an oracle would know. The engine reads it to finish a request;
 * schedulers and allocators never see this type.
 */
public interface RequestStream {
  /** Moves to the next request; false at the end. */
  boolean next();

  /** The request's data row in its source, from 0; identifies it in every log. */
  long id();

  /** Time of arrival, never before that of the request before it. */
  long arrivalNanos();

  /** Tokens of the prompt, at least 1. */
  int promptTokens();

  /** Tokens that the request generates, at least 1. */
  int outputTokens();

  /** Smaller is more important; 0 where the source has none. */
  int priority();

  /** Requests with equal keys share one prompt; the request's own id where the source has none. */
  long promptKey();

  /** Prompt tokens that one hash id stands for; 0 where the source has no hash ids. */
  int hashBlockTokens();

  /** Hash ids of this request's prompt, the last one perhaps for a partial unit. */
  int hashCount();

  /** The hash id of prompt tokens {@code [index * hashBlockTokens, (index + 1) * hashBlockTokens)}. */
  long hashId(int index);
}
