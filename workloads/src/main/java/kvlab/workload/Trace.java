package kvlab.workload;

/**
 * An immutable request trace in memory, as columns in arrival order.
 *
 * <pre>
 *   index          0      1      2   ...
 *   id           | 0    | 1    | 3   |     data row in the source
 *   arrivalNanos | 0    | 5e6  | 5e6 |     never decreasing
 *   promptTokens | 374  | 396  | 879 |     at least 1
 *   outputTokens | 44   | 109  | 55  |     at least 1
 *   priority     | optional, 0 without
 *   promptKey    | optional, the id without
 *   hashStart    | 0    | 14   | 29  |     optional: hash ids of request i are
 *   hashIds      | ...                     hashIds[hashStart[i] .. hashStart[i + 1])
 * </pre>
 */
public final class Trace implements RequestSource {
  private final String name;
  private final int[] id;
  private final long[] arrivalNanos;
  private final int[] promptTokens;
  private final int[] outputTokens;
  private final int[] priority;
  private final long[] promptKey;
  private final int hashBlockTokens;
  private final int[] hashStart;
  private final long[] hashIds;

  /** Takes the columns as they are; {@link TraceBuilder} checks and orders them. */
  Trace(
      String name,
      int[] id,
      long[] arrivalNanos,
      int[] promptTokens,
      int[] outputTokens,
      int[] priority,
      long[] promptKey,
      int hashBlockTokens,
      int[] hashStart,
      long[] hashIds) {
    this.name = name;
    this.id = id;
    this.arrivalNanos = arrivalNanos;
    this.promptTokens = promptTokens;
    this.outputTokens = outputTokens;
    this.priority = priority;
    this.promptKey = promptKey;
    this.hashBlockTokens = hashBlockTokens;
    this.hashStart = hashStart;
    this.hashIds = hashIds;
  }

  /** Reads a source into memory. */
  public static Trace of(RequestSource source) {
    TraceBuilder builder = new TraceBuilder(source.name(), source.hashBlockTokens());
    RequestStream requests = source.stream();
    while (requests.next()) {
      builder.add(
          Math.toIntExact(requests.id()),
          requests.arrivalNanos(),
          requests.promptTokens(),
          requests.outputTokens());
      if (source.hasPriorities()) {
        builder.priority(requests.priority());
      }
      if (source.hasPromptKeys()) {
        builder.promptKey(requests.promptKey());
      }
      for (int h = 0; h < requests.hashCount(); h++) {
        builder.hashId(requests.hashId(h));
      }
    }
    return builder.build();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long requests() {
    return id.length;
  }

  @Override
  public long lastArrivalNanos() {
    return id.length == 0 ? 0 : arrivalNanos[id.length - 1];
  }

  /** Requests in the trace, as an index's bound. */
  public int size() {
    return id.length;
  }

  /** The request's data row in the source, from 0. */
  public int id(int request) {
    return id[request];
  }

  public long arrivalNanos(int request) {
    return arrivalNanos[request];
  }

  public int promptTokens(int request) {
    return promptTokens[request];
  }

  public int outputTokens(int request) {
    return outputTokens[request];
  }

  public int priority(int request) {
    return priority.length == 0 ? 0 : priority[request];
  }

  @Override
  public boolean hasPriorities() {
    return priority.length > 0;
  }

  public long promptKey(int request) {
    return promptKey.length == 0 ? id[request] : promptKey[request];
  }

  @Override
  public boolean hasPromptKeys() {
    return promptKey.length > 0;
  }

  @Override
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  public int hashCount(int request) {
    return hashBlockTokens == 0 ? 0 : hashStart[request + 1] - hashStart[request];
  }

  public long hashId(int request, int index) {
    return hashIds[hashStart[request] + index];
  }

  /** The same requests, in the same order, at other times; they must not decrease. */
  public Trace arriving(long[] nanos) {
    if (nanos.length != size()) {
      throw new IllegalArgumentException(nanos.length + " times for " + size() + " requests");
    }
    for (int i = 1; i < nanos.length; i++) {
      if (nanos[i] < nanos[i - 1]) {
        throw new IllegalArgumentException("arrival " + i + " is before the one in front of it");
      }
    }
    return new Trace(
        name,
        id,
        nanos.clone(),
        promptTokens,
        outputTokens,
        priority,
        promptKey,
        hashBlockTokens,
        hashStart,
        hashIds);
  }

  @Override
  public RequestStream stream() {
    return new Cursor();
  }

  private final class Cursor implements RequestStream {
    private int at = -1;

    @Override
    public boolean next() {
      return ++at < size();
    }

    @Override
    public long id() {
      return id[at];
    }

    @Override
    public long arrivalNanos() {
      return arrivalNanos[at];
    }

    @Override
    public int promptTokens() {
      return promptTokens[at];
    }

    @Override
    public int outputTokens() {
      return outputTokens[at];
    }

    @Override
    public int priority() {
      return Trace.this.priority(at);
    }

    @Override
    public long promptKey() {
      return Trace.this.promptKey(at);
    }

    @Override
    public int hashBlockTokens() {
      return hashBlockTokens;
    }

    @Override
    public int hashCount() {
      return Trace.this.hashCount(at);
    }

    @Override
    public long hashId(int index) {
      return Trace.this.hashId(at, index);
    }
  }
}
