package kvlab.sched;

/** What a scheduler decided in one step besides the batch itself; cleared at the start of each. */
public final class Decisions {
  private final IntList admitted = new IntList();
  private final IntList preempted = new IntList();
  private final IntList lostTokens = new IntList();
  private final IntList cachedTokens = new IntList();
  private int resumed;
  private int refusedPages;
  private boolean memoryRanOut;

  /** Forgets the step before. */
  public void clear() {
    admitted.clear();
    preempted.clear();
    lostTokens.clear();
    cachedTokens.clear();
    resumed = 0;
    refusedPages = 0;
    memoryRanOut = false;
  }

  /** A request was taken from the queue. */
  public void admit(int request, boolean again, int cached) {
    admitted.add(request);
    cachedTokens.add(cached);
    resumed += again ? 1 : 0;
  }

  /** A running request lost its pages. */
  public void preempt(int request, int tokensLost) {
    preempted.add(request);
    lostTokens.add(tokensLost);
    memoryRanOut = true;
  }

  /** The head of the queue asked for so many pages and did not get them. */
  public void refuseHead(int neededPages) {
    refusedPages = neededPages;
  }

  /** Requests taken from the waiting queue, in order; those that had been preempted included. */
  public IntList admitted() {
    return admitted;
  }

  /** Tokens of each of {@link #admitted} that were in the pool already. */
  public IntList cachedTokens() {
    return cachedTokens;
  }

  /** Requests that lost their pages, in order. */
  public IntList preempted() {
    return preempted;
  }

  /** Computed tokens that each of {@link #preempted} lost. */
  public IntList lostTokens() {
    return lostTokens;
  }

  /** How many of {@link #admitted} had been preempted before. */
  public int resumed() {
    return resumed;
  }

  /** Pages that the head of the queue asked for and did not get, or 0 when it was not refused. */
  public int refusedPages() {
    return refusedPages;
  }

  /** Whether a running sequence found no page to grow into. */
  public boolean memoryRanOut() {
    return memoryRanOut;
  }
}
