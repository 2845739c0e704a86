package kvlab.sched;

import java.util.Arrays;
import kvlab.kv.KvAllocator;
import kvlab.kv.Pool;
import kvlab.kv.SwapSpace;
import kvlab.step.Batch;

/**
 * The requests of {@link VllmV0Scheduler} by where they are, and the moves between the places. The
 * passes over them decide who moves.
 *
 * <pre>
 *              admit               preempt (swap)
 *   waiting  --------->  running  ---------------->  swapped
 *      ^                 |    ^                         |
 *      '-----------------'    '-------------------------'
 *      preempt (recompute)             swap in
 *
 *   waiting or swapped -> ignored: it will never fit
 * </pre>
 */
final class V0Queues {
  private final VllmV0Scheduler.Settings settings;
  private final Pool pool;
  private final Requests requests;
  private final KvAllocator allocator;
  private final SwapSpace swapSpace;
  private final FcfsQueue waiting = new FcfsQueue();
  private final RunningSet running;
  private final IntList swapped = new IntList();
  private final Decisions decisions = new Decisions();
  private int[] admittedTokens = new int[64]; // [request] tokens that it had at its last admission
  private long step = -1;

  V0Queues(
      VllmV0Scheduler.Settings settings,
      Pool pool,
      Requests requests,
      KvAllocator allocator,
      SwapSpace swapSpace) {
    this.settings = settings;
    this.pool = pool;
    this.requests = requests;
    this.allocator = allocator;
    this.swapSpace = swapSpace;
    this.running = new RunningSet(requests, allocator, settings.maxSequences());
  }

  VllmV0Scheduler.Settings settings() {
    return settings;
  }

  Requests requests() {
    return requests;
  }

  KvAllocator allocator() {
    return allocator;
  }

  Decisions decisions() {
    return decisions;
  }

  FcfsQueue waiting() {
    return waiting;
  }

  RunningSet running() {
    return running;
  }

  /** First in, first out. */
  IntList swapped() {
    return swapped;
  }

  void beginStep() {
    decisions.clear();
    step++;
  }

  /** Steps in which nothing is decided; what they compute the allocator learns elsewhere. */
  void pass(int steps) {
    step += steps;
  }

  /** Tells the allocator what the step computes, and notes who is swapped out. */
  void endStep(Batch batch) {
    long pagesMoved = (long) decisions.pagesSwappedIn() + decisions.pagesSwappedOut();
    batch.transfer(pagesMoved * pool.pageTokens());
    for (int i = 0; i < batch.size(); i++) {
      allocator.use(batch.row(i), batch.context(i) + batch.tokens(i), step);
    }
    decisions.leaveSwapped(swapped, swapSpace.freePages());
  }

  /** Pages for all tokens that the request has. */
  int neededPages(int request) {
    return pool.pagesFor(requests.knownTokens(request));
  }

  /** Whether a request that has been admitted has not computed yet what it was admitted with. */
  boolean isPrefill(int request) {
    return requests.knownTokens(request) == admittedTokens[request];
  }

  /** Tokens that the request has and that are not in the pool. */
  int uncomputedTokens(int request) {
    return requests.knownTokens(request) - requests.computedTokens(request);
  }

  /** Tokens of a prefill that a step with so much budget left computes; what is left over in whole pages. */
  int chunk(int tokens, int budget) {
    if (!settings.chunkedPrefill() || tokens <= budget) {
      return tokens;
    }
    return settings.prefixCaching() ? budget / pool.pageTokens() * pool.pageTokens() : budget;
  }

  /** Moves the head of the waiting queue to running if there is room for all its tokens. */
  boolean admitHead(int cachedTokens, int newTokens) {
    int request = waiting.head();
    if (!running.admit(request, cachedTokens + newTokens)) {
      return false;
    }
    waiting.removeHead();
    if (request >= admittedTokens.length) {
      admittedTokens = Arrays.copyOf(admittedTokens, Math.max(request + 1, request * 2));
    }
    admittedTokens[request] = requests.knownTokens(request);
    decisions.admit(request, requests.preemptions(request) > 0, cachedTokens);
    requests.computed(request, cachedTokens);
    return true;
  }

  /** Drops the head of the waiting queue for good. */
  void ignoreHead() {
    decisions.ignore(waiting.head());
    waiting.removeHead();
  }

  /** Drops the first swapped request for good. As in V0, nobody frees the host pages that it holds. */
  void ignoreSwapped() {
    decisions.ignore(swapped.get(0));
    swapped.removeAt(0);
  }

  /** Moves the first swapped request back to running if there is room for its next step. */
  boolean swapIn(int newTokens) {
    int request = swapped.get(0);
    int hostPages = hostPages(request);
    if (!running.admit(request, requests.computedTokens(request) + newTokens)) {
      return false;
    }
    swapped.removeAt(0);
    swapSpace.give(hostPages);
    decisions.swapIn(hostPages);
    return true;
  }

  /** Pages that the tokens with a slot fill: a token that was just sampled has none yet. */
  private int hostPages(int request) {
    int sampled = isPrefill(request) ? 0 : 1;
    return pool.pagesFor(requests.knownTokens(request) - sampled);
  }

  /**
   * Takes the pages of the running request at the index.
   *
   * @return whether it waits to be computed again: the caller puts it at the front of the queue
   */
  boolean preempt(int index) {
    int request = running.order().get(index);
    if (!swapsOut(request)) {
      recompute(index);
      return true;
    }
    int pages = hostPages(request);
    swapSpace.take(pages);
    decisions.swapOut(request, pages);
    running.swapOut(index);
    swapped.add(request);
    return false;
  }

  /** Takes the pages of the running request at the index, which has to compute everything again. */
  void recompute(int index) {
    int request = running.order().get(index);
    decisions.preempt(request, running.preempt(index));
  }

  private boolean swapsOut(int request) {
    return settings.preemption() == VllmV0Scheduler.Preemption.SWAP
        && neededPages(request) <= swapSpace.freePages()
        && uncomputedTokens(request) <= settings.maxBatchedTokens();
  }
}
