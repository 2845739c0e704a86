package kvlab.workload;

import java.util.Arrays;

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
public final class Trace {
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

  /** What the trace is called in results: a file name without its folder, or a generator's name. */
  public String name() {
    return name;
  }

  /** Requests in the trace. */
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

  public boolean hasPriorities() {
    return priority.length > 0;
  }

  public long promptKey(int request) {
    return promptKey.length == 0 ? id[request] : promptKey[request];
  }

  public boolean hasPromptKeys() {
    return promptKey.length > 0;
  }

  /** Prompt tokens per hash id; 0 without hash ids. */
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  public int hashCount(int request) {
    return hashBlockTokens == 0 ? 0 : hashStart[request + 1] - hashStart[request];
  }

  public long hashId(int request, int index) {
    return hashIds[hashStart[request] + index];
  }

  /** The first requests of the trace, all of them when there are fewer. */
  public Trace first(int requests) {
    int n = Math.min(requests, size());
    return new Trace(
        name,
        Arrays.copyOf(id, n),
        Arrays.copyOf(arrivalNanos, n),
        Arrays.copyOf(promptTokens, n),
        Arrays.copyOf(outputTokens, n),
        priority.length == 0 ? priority : Arrays.copyOf(priority, n),
        promptKey.length == 0 ? promptKey : Arrays.copyOf(promptKey, n),
        hashBlockTokens,
        hashBlockTokens == 0 ? hashStart : Arrays.copyOf(hashStart, n + 1),
        hashIds);
  }

  /** The same requests arriving {@code factor} times as fast: each arrival is divided by it, down to a nanosecond. */
  public Trace scaleRate(double factor) {
    if (!(factor > 0) || Double.isInfinite(factor)) {
      throw new InputException("rate scale must be positive: " + factor);
    }
    long[] scaled = new long[arrivalNanos.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (long) Math.floor(arrivalNanos[i] / factor);
    }
    return arriving(scaled);
  }

  /** The same requests, in the same order, at other times. */
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

  /**
   * The same trace with every request made into so many that share its prompt and arrive one after
   * another, as vLLM's front end does for {@code n} samples. Sample k of request i has the id {@code
   * id(i) * samples + k}.
   */
  public Trace sampled(int samples) {
    if (samples < 1 || (long) samples * size() > Integer.MAX_VALUE - 8) {
      throw new InputException(
          "samples per request must be at least 1 and few enough to count: " + samples);
    }
    TraceBuilder copies = new TraceBuilder(name, hashBlockTokens);
    for (int i = 0; i < size(); i++) {
      for (int k = 0; k < samples; k++) {
        copies.add(
            Math.addExact(Math.multiplyExact(id[i], samples), k),
            arrivalNanos[i],
            promptTokens[i],
            outputTokens[i]);
        copies.priority(priority(i));
        copies.promptKey(promptKey(i));
        for (int h = 0; h < hashCount(i); h++) {
          copies.hashId(hashId(i, h));
        }
      }
    }
    return copies.build();
  }

  /** A cursor before the first request; each call gives one of its own. */
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
