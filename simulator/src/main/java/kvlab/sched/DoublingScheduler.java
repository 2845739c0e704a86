package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.kv.Pool;
import kvlab.step.Batch;

/**
 * Iteration-level scheduling over reservations that may turn out too short (Jin et al., "S3", NeurIPS
 * 2023): a sequence that has filled its reservation is preempted, asks for one of twice the length, and
 * computes again what it knows. A step that preempts admits nobody; the preempted are first in the queue.
 *
 * <p>Deviations: requests are admitted in order of arrival for as long as the head fits, where S3 packs
 * the longest predictions first (decreasing first fit). What the preempted had computed is lost; the paper's abstract, which this
 * follows, does not say. The predictor does not learn from its mistakes.
 */
public final class DoublingScheduler implements LineupScheduler {
  private final int maxBatchedTokens;
  private final int longestTokens;
  private final Pool pool;
  private final Requests requests;
  private final KvAllocator allocator;
  private final Lineup lineup;

  /**
   * An idle server.
   *
   * @param longestTokens the longest reservation that makes sense
   */
  public DoublingScheduler(
      int maxSequences,
      int maxBatchedTokens,
      int longestTokens,
      Pool pool,
      Requests requests,
      KvAllocator allocator) {
    this.maxBatchedTokens = maxBatchedTokens;
    this.longestTokens = Math.min(longestTokens, allocator.largestSequenceTokens());
    this.pool = pool;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(Policy.FCFS, maxSequences, requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    scheduleAfter(batch, 0);
  }

  @Override
  public boolean decodesInOrder(int running) {
    return true;
  }

  /** Nobody that has room overflows. */
  @Override
  public void scheduleAfter(Batch batch, int sequences) {
    lineup.decisions().clear();
    preemptOverflowing(sequences);
    decodeRunning(batch, sequences);
    if (lineup.decisions().preempted().size() == 0) {
      admitWaiting(batch);
    }
  }

  /** From the latest to the earliest, so that the earliest is first in the queue. */
  private void preemptOverflowing(int from) {
    for (int i = lineup.running().size() - 1; i >= from; i--) {
      int request = lineup.running().order().get(i);
      if (!allocator.grow(requests.row(request), requests.computedTokens(request) + 1)) {
        long twice = 2L * requests.claimTokens(request);
        requests.claim(request, (int) Math.min(twice, longestTokens));
        lineup.giveWay(i);
      }
    }
  }

  private void decodeRunning(Batch batch, int from) {
    for (int i = from; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      batch.add(request, requests.row(request), 1, requests.computedTokens(request), true);
    }
  }

  private void admitWaiting(Batch batch) {
    while (lineup.hasTurn()) {
      int request = lineup.waiting().head();
      int known = requests.knownTokens(request);
      if (batch.totalTokens() + known > maxBatchedTokens) {
        return;
      }
      if (!lineup.admitHead(known, 0)) {
        lineup
            .decisions()
            .refuseHead(pool.pagesFor(Math.max(known, requests.claimTokens(request))));
        return;
      }
      batch.add(request, requests.row(request), known, 0, false);
    }
  }

  @Override
  public IntList quietOrder() {
    return lineup.running().order();
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
