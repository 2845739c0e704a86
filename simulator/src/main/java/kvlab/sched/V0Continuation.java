package kvlab.sched;

/**
 * The pass of {@link VllmV0Scheduler} over the running requests ({@code _schedule_running}): from the
 * first, each computes its next token, or the next chunk of its prompt. One that wants a page when there
 * is none takes those of the last in the list, in the end its own.
 */
final class V0Continuation {
  private final V0Queues queues;
  private final V0Picks prefills;
  private final V0Picks decodes;
  private final IntList recomputed = new IntList();
  private int picked; // running requests passed over
  private boolean preempted;

  V0Continuation(V0Queues queues) {
    this.queues = queues;
    this.prefills = new V0Picks(queues.requests());
    this.decodes = new V0Picks(queues.requests());
  }

  V0Picks prefills() {
    return prefills;
  }

  V0Picks decodes() {
    return decodes;
  }

  /** Whether somebody lost its pages. */
  boolean preempted() {
    return preempted;
  }

  /** Those at the end of the running list that the budget did not reach. */
  void appendUnreached(IntList order) {
    IntList running = queues.running().order();
    for (int i = picked; i < running.size(); i++) {
      order.add(running.get(i));
    }
  }

  /** Puts those that lost their pages at the front of the queue, the last one first. */
  void returnRecomputed() {
    for (int i = 0; i < recomputed.size(); i++) {
      queues.waiting().giveBack(recomputed.get(i));
    }
  }

  /** Returns what is left of the budget. */
  int run(int budgetTokens) {
    prefills.clear();
    decodes.clear();
    recomputed.clear();
    picked = 0;
    preempted = false;
    int budget = budgetTokens;
    IntList running = queues.running().order();
    while (picked < running.size()) {
      int request = running.get(picked);
      int tokens = queues.chunk(queues.uncomputedTokens(request), budget);
      if (tokens == 0) {
        return budget;
      }
      if (!makeRoom(request)) {
        return budget;
      }
      (queues.isPrefill(request) ? prefills : decodes).add(request, tokens);
      budget -= tokens;
      picked++;
    }
    return budget;
  }

  private boolean makeRoom(int request) {
    int row = queues.requests().row(request);
    int known = queues.requests().knownTokens(request);
    while (!queues.allocator().grow(row, known)) {
      int last = queues.running().size() - 1;
      int victim = queues.running().order().get(last);
      preempted = true;
      if (queues.preempt(last)) {
        recomputed.add(victim);
      }
      if (victim == request) {
        return false;
      }
    }
    return true;
  }
}
