package kvlab.engine;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kvlab.metrics.RequestView;
import kvlab.sched.Requests;

/**
 * What only the engine knows of the requests in flight, as columns by handle: above all how many tokens
 * each will generate. Also a cursor over them for probes.
 */
final class Flight implements RequestView {
  static final long NEVER = -1;

  private final Requests requests;
  private int[] outputTokens = new int[64];
  private long[] sequence = new long[64];
  private long[] queuedNanos = new long[64];
  private long[] firstScheduledNanos = new long[64];
  private long[] firstTokenNanos = new long[64];
  private long[] lastTokenNanos = new long[64];
  private int[] cachedPromptTokens = new int[64];
  private int at;
  private long finishNanos = NEVER;

  Flight(Requests requests) {
    this.requests = requests;
  }

  void add(int handle, long itsSequence, int output, long nowNanos) {
    if (handle >= outputTokens.length) {
      int capacity = Math.max(handle + 1, outputTokens.length * 2);
      outputTokens = Arrays.copyOf(outputTokens, capacity);
      sequence = Arrays.copyOf(sequence, capacity);
      queuedNanos = Arrays.copyOf(queuedNanos, capacity);
      firstScheduledNanos = Arrays.copyOf(firstScheduledNanos, capacity);
      firstTokenNanos = Arrays.copyOf(firstTokenNanos, capacity);
      lastTokenNanos = Arrays.copyOf(lastTokenNanos, capacity);
      cachedPromptTokens = Arrays.copyOf(cachedPromptTokens, capacity);
    }
    outputTokens[handle] = output;
    sequence[handle] = itsSequence;
    queuedNanos[handle] = nowNanos;
    firstScheduledNanos[handle] = NEVER;
    firstTokenNanos[handle] = NEVER;
    lastTokenNanos[handle] = NEVER;
    cachedPromptTokens[handle] = 0;
  }

  /** Forgets a request that has left. */
  void remove(int handle) {
    outputTokens[handle] = 0;
  }

  /** Calls for every request in flight, in order of arrival. */
  void forEach(Consumer<RequestView> action) {
    IntStream.range(0, requests.handles())
        .filter(handle -> outputTokens[handle] > 0)
        .boxed()
        .sorted((a, b) -> Long.compare(sequence[a], sequence[b]))
        .forEach(handle -> action.accept(view(handle, NEVER)));
  }

  /** F of the accounting: the token sampled last never gets a slot. */
  int finalNeedTokens(int handle) {
    return requests.promptTokens(handle) + outputTokens[handle] - 1;
  }

  /** Whether the token sampled next is the last. */
  boolean isLastToken(int handle) {
    return tokensLeft(handle) == 1;
  }

  /** Tokens still to be sampled. */
  int tokensLeft(int handle) {
    return requests.promptTokens(handle) + outputTokens[handle] - requests.knownTokens(handle);
  }

  void scheduled(int handle, long nanos, int contextTokens) {
    if (firstScheduledNanos[handle] == NEVER) {
      firstScheduledNanos[handle] = nanos;
      cachedPromptTokens[handle] = contextTokens;
    }
  }

  void sampled(int handle, long nanos) {
    if (firstTokenNanos[handle] == NEVER) {
      firstTokenNanos[handle] = nanos;
    }
    lastTokenNanos[handle] = nanos;
  }

  long lastTokenNanos(int handle) {
    return lastTokenNanos[handle];
  }

  /** Points the cursor at a request. */
  RequestView view(int handle, long itsFinishNanos) {
    at = handle;
    finishNanos = itsFinishNanos;
    return this;
  }

  @Override
  public long sequence() {
    return sequence[at];
  }

  @Override
  public long id() {
    return requests.id(at);
  }

  @Override
  public long arrivalNanos() {
    return requests.arrivalNanos(at);
  }

  @Override
  public int promptTokens() {
    return requests.promptTokens(at);
  }

  @Override
  public int outputTokens() {
    return outputTokens[at];
  }

  @Override
  public long queuedNanos() {
    return queuedNanos[at];
  }

  @Override
  public long firstScheduledNanos() {
    return firstScheduledNanos[at];
  }

  @Override
  public long firstTokenNanos() {
    return firstTokenNanos[at];
  }

  @Override
  public long finishNanos() {
    return finishNanos;
  }

  @Override
  public int preemptions() {
    return requests.preemptions(at);
  }

  @Override
  public int cachedPromptTokens() {
    return cachedPromptTokens[at];
  }
}
