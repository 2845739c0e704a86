package kvlab.workload;

/**
 * A request trace that can be replayed any number of times, wherever it is: in memory, in a mapped file,
 * or made as it is read.
 */
public interface RequestSource {
  /** What the trace is called in results: a file name without its folder, or a generator's name. */
  String name();

  /** Requests of one replay. */
  long requests();

  /** When the last request arrives; 0 where the trace would have to be read for that. */
  default long lastArrivalNanos() {
    return 0;
  }

  /** Whether any request may have a priority other than 0. */
  boolean hasPriorities();

  /** Whether requests may share a prompt by their prompt keys. */
  boolean hasPromptKeys();

  /** Prompt tokens per hash id; 0 without hash ids. */
  int hashBlockTokens();

  /** A cursor before the first request; each call gives one of its own. */
  RequestStream stream();
}
