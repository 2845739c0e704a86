package kvlab.workload;

import java.util.Arrays;

/**
 * Collects requests in the order of their source and builds the trace in arrival order; requests that
 * arrive at the same time keep the order of the source.
 */
public final class TraceBuilder {
  private final String name;
  private int size;
  private int[] id = new int[1024];
  private long[] arrivalNanos = new long[1024];
  private int[] promptTokens = new int[1024];
  private int[] outputTokens = new int[1024];
  private int[] priority = {};
  private long[] promptKey = {};
  private int keyed; // requests up to here have their prompt key written
  private int hashBlockTokens;
  private int[] hashStart = {};
  private long[] hashIds = {};
  private int hashCount;
  private long outOfOrder;

  /** A trace without hash ids. */
  public TraceBuilder(String name) {
    this(name, 0);
  }

  /** A trace whose prompts carry one hash id per so many tokens; 0 for none. */
  public TraceBuilder(String name, int hashBlockTokens) {
    this.name = name;
    this.hashBlockTokens = hashBlockTokens;
  }

  /** Makes room for so many requests at once, of which there may be more or fewer in the end. */
  TraceBuilder room(int requests) {
    if (requests > id.length) {
      resize(requests);
    }
    return this;
  }

  private void resize(int capacity) {
    id = Arrays.copyOf(id, capacity);
    arrivalNanos = Arrays.copyOf(arrivalNanos, capacity);
    promptTokens = Arrays.copyOf(promptTokens, capacity);
    outputTokens = Arrays.copyOf(outputTokens, capacity);
  }

  /** Adds a request of priority 0 that shares its prompt with none. */
  public TraceBuilder add(int row, long arrival, int prompt, int output) {
    if (prompt < 1 || output < 1 || arrival < 0 || row < 0) {
      throw new IllegalArgumentException(
          "request " + row + ": arrival " + arrival + ", prompt " + prompt + ", output " + output);
    }
    if (size == id.length) {
      resize(size + (size >> 1));
    }
    id[size] = row;
    arrivalNanos[size] = arrival;
    promptTokens[size] = prompt;
    outputTokens[size] = output;
    if (size > 0 && arrival < arrivalNanos[size - 1]) {
      outOfOrder++;
    }
    size++;
    return this;
  }

  /** Sets the priority of the request added last. */
  public TraceBuilder priority(int value) {
    if (priority.length < id.length) {
      priority = Arrays.copyOf(priority, id.length);
    }
    priority[size - 1] = value;
    return this;
  }

  /** Sets the prompt key of the request added last; without, and with keys elsewhere, it is the id. */
  public TraceBuilder promptKey(long value) {
    if (promptKey.length < size) {
      promptKey = Arrays.copyOf(promptKey, id.length);
    }
    for (; keyed < size - 1; keyed++) {
      promptKey[keyed] = id[keyed];
    }
    promptKey[size - 1] = value;
    keyed = size;
    return this;
  }

  /** Prompt tokens per hash id; 0 for none. */
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  /** Sets what one hash id stands for, before the first is added. */
  public TraceBuilder hashBlockTokens(int tokens) {
    if (hashCount > 0 || tokens < 0) {
      throw new IllegalStateException(tokens + " tokens per hash id after " + hashCount + " ids");
    }
    hashBlockTokens = tokens;
    return this;
  }

  /** Moves all requests so that the earliest arrives at 0. */
  public TraceBuilder startAtZero() {
    long earliest = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      earliest = Math.min(earliest, arrivalNanos[i]);
    }
    for (int i = 0; i < size; i++) {
      arrivalNanos[i] -= earliest;
    }
    return this;
  }

  /** Appends a hash id to the request added last. */
  public TraceBuilder hashId(long value) {
    if (hashBlockTokens == 0) {
      throw new IllegalStateException("the trace has no hash ids");
    }
    if (hashStart.length < id.length + 1) {
      hashStart = Arrays.copyOf(hashStart, id.length + 1);
    }
    if (hashCount == hashIds.length) {
      hashIds = Arrays.copyOf(hashIds, Math.max(1024, hashCount + (hashCount >> 1)));
    }
    hashIds[hashCount++] = value;
    hashStart[size]++; // lengths until build() sums them
    return this;
  }

  /** Requests added so far. */
  public int size() {
    return size;
  }

  /** Requests that arrived before the one added just before them. */
  public long outOfOrder() {
    return outOfOrder;
  }

  /** Builds the trace; the builder is done. */
  public Trace build() {
    if (promptKey.length > 0 && keyed < size) {
      promptKey(id[size - 1]);
    }
    int[] starts = new int[hashBlockTokens == 0 ? 0 : size + 1];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = starts[i - 1] + (i < hashStart.length ? hashStart[i] : 0);
    }
    if (outOfOrder == 0) {
      return new Trace(
          name,
          Arrays.copyOf(id, size),
          Arrays.copyOf(arrivalNanos, size),
          Arrays.copyOf(promptTokens, size),
          Arrays.copyOf(outputTokens, size),
          priority.length == 0 ? priority : Arrays.copyOf(priority, size),
          promptKey.length == 0 ? promptKey : Arrays.copyOf(promptKey, size),
          hashBlockTokens,
          starts,
          Arrays.copyOf(hashIds, hashCount));
    }
    return sorted(starts);
  }

  private Trace sorted(int[] starts) {
    int[] order = StableOrder.of(arrivalNanos, size);
    TraceBuilder inOrder = new TraceBuilder(name, hashBlockTokens);
    for (int i : order) {
      inOrder.add(id[i], arrivalNanos[i], promptTokens[i], outputTokens[i]);
      if (priority.length > 0) {
        inOrder.priority(i < priority.length ? priority[i] : 0);
      }
      if (promptKey.length > 0) {
        inOrder.promptKey(promptKey[i]);
      }
      if (hashBlockTokens > 0) {
        for (int h = starts[i]; h < starts[i + 1]; h++) {
          inOrder.hashId(hashIds[h]);
        }
      }
    }
    return inOrder.build();
  }
}
