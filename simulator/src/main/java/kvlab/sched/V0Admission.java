package kvlab.sched;

/**
 * The pass of {@link VllmV0Scheduler} over the waiting requests ({@code _schedule_prefills}): from the
 * head, for as long as it fits the pool, the budget and the number of sequences. What could never fit is
 * ignored and does not hold the others up.
 */
final class V0Admission {
  private final V0Queues queues;
  private final VllmV0Scheduler.Settings settings;
  private final V0Picks prefills;
  private final int totalPages;

  V0Admission(V0Queues queues, int totalPages) {
    this.queues = queues;
    this.settings = queues.settings();
    this.prefills = new V0Picks(queues.requests());
    this.totalPages = totalPages;
  }

  V0Picks prefills() {
    return prefills;
  }

  /** Returns what is left of the budget. */
  int run(int budgetTokens) {
    prefills.clear();
    int budget = budgetTokens;
    while (budgetTokens > 0 && queues.waiting().size() > 0) {
      int request = queues.waiting().head();
      int known = queues.requests().knownTokens(request);
      int cached = queues.allocator().cachedTokens(request, known);
      int tokens = queues.chunk(known - cached, budget);
      if (neverFits(request, cached + tokens)) {
        queues.ignoreHead();
        continue;
      }
      if (!admits(request, cached, tokens, budget)) {
        return budget;
      }
      prefills.add(request, tokens);
      budget -= tokens;
    }
    return budget;
  }

  private boolean neverFits(int request, int tokens) {
    int pages = queues.neededPages(request);
    return tokens > settings.promptLimitTokens()
        || totalPages - pages < queues.allocator().marginPages();
  }

  private boolean admits(int request, int cached, int tokens, int budget) {
    if (!hasRoom(request)) {
      queues.decisions().refuseHead(queues.neededPages(request));
      return false;
    }
    return tokens > 0
        && tokens <= budget
        && !queues.running().isFull()
        && queues.admitHead(cached, tokens);
  }

  /** Whether the pages for all the request has are free, the watermark left over. */
  boolean hasRoom(int request) {
    int left = queues.allocator().freePages() - queues.neededPages(request);
    return left >= queues.allocator().marginPages();
  }
}
