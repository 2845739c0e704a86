package kvlab.sched;

/**
 * The pass of {@link VllmV0Scheduler} over the swapped requests ({@code _schedule_swapped}): from the
 * first, for as long as its pages and the one it writes to next are free, the watermark left over. A
 * prompt that was swapped out half done is not split any further.
 */
final class V0Return {
  private final V0Queues queues;
  private final V0Picks prefills;
  private final V0Picks decodes;
  private final int totalPages;

  V0Return(V0Queues queues, int totalPages) {
    this.queues = queues;
    this.prefills = new V0Picks(queues.requests());
    this.decodes = new V0Picks(queues.requests());
    this.totalPages = totalPages;
  }

  V0Picks prefills() {
    return prefills;
  }

  V0Picks decodes() {
    return decodes;
  }

  void clear() {
    prefills.clear();
    decodes.clear();
  }

  /** Returns what is left of the budget. */
  int run(int budgetTokens) {
    int budget = budgetTokens;
    while (queues.swapped().size() > 0) {
      int request = queues.swapped().get(0);
      int tokens = queues.uncomputedTokens(request);
      if (queues.neededPages(request) > totalPages) {
        queues.ignoreSwapped();
        continue;
      }
      if (tokens > budget || queues.running().isFull()) {
        return budget;
      }
      if (!queues.swapIn(tokens)) {
        queues.decisions().refuseHead(queues.neededPages(request));
        return budget;
      }
      (queues.isPrefill(request) ? prefills : decodes).add(request, tokens);
      budget -= tokens;
    }
    return budget;
  }
}
