package kvlab.sched;

import kvlab.kv.KvAllocator;

/**
 * What most schedulers keep and move requests between: one queue, those that run, and what the step has
 * decided. Who moves when is the scheduler's rule.
 */
final class Lineup {
  private final Requests requests;
  private final RequestQueue waiting;
  private final RunningSet running;
  private final Decisions decisions = new Decisions();

  Lineup(Policy policy, int maxSequences, Requests requests, KvAllocator allocator) {
    this(policy.queue(requests), maxSequences, requests, allocator);
  }

  Lineup(RequestQueue waiting, int maxSequences, Requests requests, KvAllocator allocator) {
    this.requests = requests;
    this.waiting = waiting;
    this.running = new RunningSet(requests, allocator, maxSequences);
  }

  RequestQueue waiting() {
    return waiting;
  }

  RunningSet running() {
    return running;
  }

  Decisions decisions() {
    return decisions;
  }

  /** Whether somebody waits and one more may run. */
  boolean hasTurn() {
    return waiting.size() > 0 && !running.isFull();
  }

  /** Whether somebody waits and the pool has some of the tokens of the head. */
  boolean headIsCached(KvAllocator allocator) {
    return waiting.size() > 0
        && allocator.cachedTokens(waiting.head(), requests.knownTokens(waiting.head())) > 0;
  }

  /**
   * Lets the head of the queue run with room for so many tokens, of which the first are in the pool
   * already; false, and nothing changed, without room.
   */
  boolean admitHead(int tokens, int cachedTokens) {
    int request = waiting.head();
    if (!running.admit(request, tokens)) {
      return false;
    }
    waiting.removeHead();
    decisions.admit(request, requests.preemptions(request) > 0, cachedTokens);
    requests.computed(request, cachedTokens);
    return true;
  }

  /** Takes the pages of the running request at the index, which is in no queue then; its handle. */
  int preempt(int index) {
    int request = running.order().get(index);
    decisions.preempt(request, running.preempt(index));
    return request;
  }

  /** Takes the pages of the running request at the index and gives it back to the queue; its handle. */
  int giveWay(int index) {
    int request = preempt(index);
    waiting.giveBack(request);
    return request;
  }
}
