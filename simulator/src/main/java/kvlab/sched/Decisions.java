package kvlab.sched;

/** What a scheduler decided in one step besides the batch itself; cleared at the start of each. */
public final class Decisions {
  private final IntList admitted = new IntList();
  private final IntList preempted = new IntList();
  private final IntList lostTokens = new IntList();
  private final IntList cachedTokens = new IntList();
  private final IntList swapMarks = new IntList(); // 1 for each of preempted that was swapped out
  private final IntList swapped = new IntList();
  private final IntList ignored = new IntList();
  private int pagesSwappedIn;
  private int pagesSwappedOut;
  private int freeCpuPages;
  private int resumed;
  private int refusedPages;
  private boolean memoryRanOut;

  /** Forgets the step before. */
  public void clear() {
    admitted.clear();
    preempted.clear();
    lostTokens.clear();
    cachedTokens.clear();
    swapMarks.clear();
    swapped.clear();
    ignored.clear();
    pagesSwappedIn = 0;
    pagesSwappedOut = 0;
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
    swapMarks.add(0);
    memoryRanOut = true;
  }

  /** A running sequence found no page and nobody gave way. */
  public void runOut() {
    memoryRanOut = true;
  }

  /** A running request was swapped to host memory, from so many pages. */
  public void swapOut(int request, int pages) {
    preempted.add(request);
    lostTokens.add(0);
    swapMarks.add(1);
    pagesSwappedOut += pages;
    memoryRanOut = true;
  }

  /** So many pages came back from host memory. */
  public void swapIn(int pages) {
    pagesSwappedIn += pages;
  }

  /** A waiting request was dropped for good. */
  public void ignore(int request) {
    ignored.add(request);
  }

  /** Notes who is swapped out after the step, and the room there is for more. */
  public void leaveSwapped(IntList requests, int freePages) {
    swapped.addAll(requests);
    freeCpuPages = freePages;
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

  /** Whether the one at the index of {@link #preempted} was swapped out, so that it lost nothing. */
  public boolean wasSwappedOut(int index) {
    return swapMarks.get(index) == 1;
  }

  /** Requests given up for good, in order. */
  public IntList ignored() {
    return ignored;
  }

  /** Requests whose KV is in host memory after the step, in the order in which they will return. */
  public IntList swapped() {
    return swapped;
  }

  /** Pages copied from the host to the pool; a transfer time would be counted on them. */
  public int pagesSwappedIn() {
    return pagesSwappedIn;
  }

  /** Pages copied from the pool to the host; a transfer time would be counted on them. */
  public int pagesSwappedOut() {
    return pagesSwappedOut;
  }

  /** Pages of host memory that are free after the step. */
  public int freeCpuPages() {
    return freeCpuPages;
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
