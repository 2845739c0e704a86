package kvlab.step;

import kvlab.kv.Layers;

/**
 * The work of one step, as columns in the order scheduled, with the totals that step times scale with.
 * Refilled by the scheduler, never reallocated.
 *
 * <pre>
 *   index      0    1    2
 *   request  | 7  | 2  | 9   |   handle of the request
 *   row      | 0  | 3  | 1   |   its row of the page table
 *   tokens   | 1  | 1  | 448 |   tokens computed in this step: 1 when decoding
 *   context  | 90 | 12 | 0   |   tokens computed before the step
 * </pre>
 */
public final class Batch {
  private final Layers layers;
  private final int[] request;
  private final int[] row;
  private final int[] tokens;
  private final int[] context;
  private final boolean[] decode;
  private int size;
  private int ahead; // tokens that every context has grown by since it was noted
  private int decodes;
  private long totalTokens;
  private long totalContext;
  private long totalPairs;
  private long decodeContext; // of totalContext, what decodes read
  private int longestDecode; // the longest of these
  private long windowContext; // of totalContext, what a sliding layer reads
  private long windowPairs; // of totalPairs, those in a sliding layer
  private long windowDecodeContext; // of decodeContext, what a sliding layer reads
  private long copiedTokens;
  private long transferredTokens;
  private long pauseNanos;

  /** A batch of a model whose layers are all alike. */
  public Batch(int maxSequences) {
    this(maxSequences, Layers.ALIKE);
  }

  /** A batch of a model with such layers. */
  public Batch(int maxSequences, Layers layers) {
    this.layers = layers;
    request = new int[maxSequences];
    row = new int[maxSequences];
    tokens = new int[maxSequences];
    context = new int[maxSequences];
    decode = new boolean[maxSequences];
  }

  public void clear() {
    size = 0;
    ahead = 0;
    decodes = 0;
    totalTokens = 0;
    totalContext = 0;
    totalPairs = 0;
    decodeContext = 0;
    longestDecode = 0;
    windowContext = 0;
    windowPairs = 0;
    windowDecodeContext = 0;
    copiedTokens = 0;
    transferredTokens = 0;
    pauseNanos = 0;
  }

  /** Appends a sequence that computes so many tokens after the context it has. */
  public void add(int itsRequest, int itsRow, int newTokens, int contextTokens, boolean decodes) {
    request[size] = itsRequest;
    row[size] = itsRow;
    tokens[size] = newTokens;
    context[size] = contextTokens - ahead;
    decode[size] = decodes;
    size++;
    count(newTokens, contextTokens, decodes, 1);
  }

  /**
   * So many steps further, or back, among steps that repeat: in each every sequence computes the token after
   * the one it computed before; no layer slides.
   */
  public void repeat(int steps) {
    long tokens = (long) steps * size;
    ahead += steps;
    totalContext += tokens;
    totalPairs += tokens;
    decodeContext += tokens;
    longestDecode += decodes > 0 ? steps : 0;
    copiedTokens = 0;
    transferredTokens = 0;
    pauseNanos = 0;
  }

  /** Appends a sequence that only samples: another one computes the prompt that they share. */
  public void addFork(int itsRequest, int itsRow, int contextTokens) {
    request[size] = itsRequest;
    row[size] = itsRow;
    tokens[size] = 0;
    context[size] = contextTokens - ahead;
    decode[size] = false;
    size++;
  }

  /**
   * A step further with the first so many, each of which computes the token after the one it computed before, and
   * without the others; no layer slides.
   */
  public void repeatFirst(int sequences) {
    boolean longest = false;
    while (size > sequences) {
      longest |= takeOut(--size);
    }
    if (longest) {
      findLongestDecode();
    }
    repeat(1);
  }

  /** Takes a request back out, the order of the rest unchanged; its tokens, or 0 when it is not there. */
  public int remove(int itsRequest) {
    for (int i = 0; i < size; i++) {
      if (request[i] == itsRequest) {
        int removed = tokens[i];
        removeAt(i);
        return removed;
      }
    }
    return 0;
  }

  private void removeAt(int index) {
    boolean longest = takeOut(index);
    size--;
    System.arraycopy(request, index + 1, request, index, size - index);
    System.arraycopy(row, index + 1, row, index, size - index);
    System.arraycopy(tokens, index + 1, tokens, index, size - index);
    System.arraycopy(context, index + 1, context, index, size - index);
    System.arraycopy(decode, index + 1, decode, index, size - index);
    if (longest) {
      findLongestDecode();
    }
  }

  /** Counts a sequence no longer; whether it may have been the longest that decodes. */
  private boolean takeOut(int index) {
    count(tokens[index], context(index), decode[index], -1);
    return decode[index] && tokens[index] + context(index) == longestDecode;
  }

  private void count(int newTokens, int contextTokens, boolean isDecode, int sign) {
    long n = newTokens;
    totalTokens += sign * n;
    totalContext += sign * (contextTokens + n);
    totalPairs += sign * (n * contextTokens + n * (n + 1) / 2);
    if (isDecode) {
      decodes += sign;
      decodeContext += sign * (contextTokens + n);
      longestDecode = Math.max(longestDecode, contextTokens + newTokens);
    }
    if (layers.slide()) {
      countInWindow(newTokens, contextTokens, isDecode, sign);
    }
  }

  private void findLongestDecode() {
    longestDecode = 0;
    for (int i = 0; i < size; i++) {
      longestDecode = decode[i] ? Math.max(longestDecode, context(i) + tokens[i]) : longestDecode;
    }
  }

  /**
   * The first new token reads itself and the window - 1 tokens before it, so all of them together read
   * what is from there on; pairs grow by one from token to token until the window is full.
   */
  private void countInWindow(long newTokens, long contextTokens, boolean isDecode, int sign) {
    long window = layers.windowTokens();
    long read = newTokens + Math.min(contextTokens, window - 1);
    windowContext += sign * read;
    windowDecodeContext += isDecode ? sign * read : 0;
    long growing = Math.max(0, Math.min(newTokens, window - contextTokens));
    windowPairs += sign
        * (growing * contextTokens + growing * (growing + 1) / 2 + (newTokens - growing) * window);
  }

  /** The step also copies the KV of so many tokens within the device: copy-on-write, concatenation. */
  public void copy(long tokens) {
    copiedTokens += tokens;
  }

  /** The step also moves the KV of so many tokens between device and host: swapping, offloading. */
  public void transfer(long tokens) {
    transferredTokens += tokens;
  }

  /** The step also waits so long for what is neither computing nor copying, such as mapping memory. */
  public void pause(long nanos) {
    pauseNanos += nanos;
  }

  public long copiedTokens() {
    return copiedTokens;
  }

  public long transferredTokens() {
    return transferredTokens;
  }

  public long pauseNanos() {
    return pauseNanos;
  }

  /** Sequences scheduled in this step. */
  public int size() {
    return size;
  }

  public int request(int index) {
    return request[index];
  }

  public int row(int index) {
    return row[index];
  }

  public int tokens(int index) {
    return tokens[index];
  }

  public int context(int index) {
    return context[index] + ahead;
  }

  /** Sequences that compute just the token they sampled last. */
  public int decodes() {
    return decodes;
  }

  /** Tokens whose KV decoding sequences use: their part of {@link #totalContext}. */
  public long decodeContext() {
    return decodeContext;
  }

  /** The longest of them, which the others wait for; 0 when none decodes. */
  public int longestDecode() {
    return longestDecode;
  }

  /** Tokens computed in the step, over all sequences. */
  public long totalTokens() {
    return totalTokens;
  }

  /** Tokens whose KV is in use: sum of context and new tokens. */
  public long totalContext() {
    return totalContext;
  }

  /** Pairs of a new token and a token it attends to, itself included. */
  public long totalPairs() {
    return totalPairs;
  }

  /** Tokens whose KV a layer reads, as the mean over layers: all, or those in its sliding window. */
  public double meanContext() {
    return meanOverLayers(totalContext, windowContext);
  }

  /** Pairs of a new token and a token it attends to, as the mean over layers. */
  public double meanPairs() {
    return meanOverLayers(totalPairs, windowPairs);
  }

  /** Of {@link #meanContext}, what decoding sequences read. */
  public double meanDecodeContext() {
    return meanOverLayers(decodeContext, windowDecodeContext);
  }

  private double meanOverLayers(long ofFullLayer, long ofSlidingLayer) {
    return layers.slide()
        ? ((double) layers.full() * ofFullLayer + (double) layers.sliding() * ofSlidingLayer)
            / layers.count()
        : ofFullLayer;
  }
}
