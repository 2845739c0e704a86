package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.step.Batch;

/**
 * Iteration-level scheduling with whole prompts, prompts and decodes in one step, first come first
 * served: the scheduler of the PagedAttention paper's artifact, which serves both vLLM as of v0.1.0
 * ({@code vllm/core/scheduler.py}) and its Orca baselines (Yu et al., "Orca", OSDI 2022, section 3.1;
 * Kwon et al., SOSP 2023, sections 4.5 and 6.1).
 *
 * <p>Every running sequence computes its next token, in order of arrival; where there is no room the
 * latest arrival loses its pages and computes again later. Then the head of the queue joins for as
 * long as it fits; one that was preempted in this step closes the queue. Under a contiguous
 * reservation growth never fails, so nothing is preempted.
 *
 * <p>Deviations: requests of one sequence only, so no swapping.
 */
public final class WholePromptScheduler implements LineupScheduler {
  private final int maxBatchedTokens;
  private final Requests requests;
  private final KvAllocator allocator;
  private final Lineup lineup;

  public WholePromptScheduler(
      int maxSequences, int maxBatchedTokens, Requests requests, KvAllocator allocator) {
    this.maxBatchedTokens = maxBatchedTokens;
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

  @Override
  public void scheduleAfter(Batch batch, int sequences) {
    lineup.decisions().clear();
    decodeRunning(batch, sequences);
    if (lineup.decisions().preempted().size() == 0) {
      admitWaiting(batch);
    }
  }

  private void decodeRunning(Batch batch, int from) {
    for (int i = from; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      int total = requests.computedTokens(request) + 1;
      while (!allocator.grow(requests.row(request), total)) {
        int last = lineup.running().size() - 1;
        if (lineup.giveWay(last) == request) {
          return;
        }
      }
      batch.add(request, requests.row(request), 1, requests.computedTokens(request), true);
    }
  }

  private void admitWaiting(Batch batch) {
    while (lineup.hasTurn()) {
      int request = lineup.waiting().head();
      int prompt = requests.knownTokens(request);
      if (batch.totalTokens() + prompt > maxBatchedTokens) {
        return;
      }
      if (!lineup.admitHead(prompt, 0)) {
        int asked = Math.max(prompt, requests.claimTokens(request));
        lineup.decisions().refuseHead(allocator.pagesToAdmit(request, prompt, asked));
        return;
      }
      batch.add(request, requests.row(request), prompt, 0, false);
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
