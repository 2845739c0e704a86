package kvlab.sched;

/**
 * The priority policy of {@link VllmV0Scheduler} ({@code _schedule_priority_preemption}): running and
 * waiting requests are put in order, and while the head of the queue cannot be admitted and the last
 * running request is less important, that one gives up its pages.
 *
 * <p>Deviation: it is always recomputed. V0 with swapping puts a swapped-out request in the queue and
 * fails on it.
 */
final class V0Eviction {
  private final V0Queues queues;
  private final V0Admission admission;
  private final Rank rank;

  V0Eviction(V0Queues queues, V0Admission admission) {
    this.queues = queues;
    this.admission = admission;
    this.rank = new Rank(queues.requests());
  }

  void run() {
    IntList running = queues.running().order();
    FcfsQueue waiting = queues.waiting();
    sortRunning();
    if (waiting.size() == 0) {
      return;
    }
    int head = waiting.head();
    waiting.removeHead();
    while (running.size() > 0) {
      int last = running.size() - 1;
      int victim = running.get(last);
      if (!rank.before(head, victim) || fits(head)) {
        break;
      }
      queues.recompute(last);
      waiting.giveBack(victim);
    }
    waiting.giveBack(head);
    waiting.sort(rank);
  }

  void sortRunning() {
    queues.running().order().sort(rank);
  }

  private boolean fits(int request) {
    int known = queues.requests().knownTokens(request);
    int tokens = known - queues.allocator().cachedTokens(request, known);
    return admission.hasRoom(request)
        && tokens <= queues.settings().maxBatchedTokens()
        && !queues.running().isFull();
  }
}
