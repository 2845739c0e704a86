package kvlab.sched;

import kvlab.kv.SparePageAllocator;
import kvlab.step.Batch;

/**
 * The FIFO scheduler of HF Transformers' continuous batching ({@code
 * src/transformers/generation/continuous_batching/{scheduler,offloading_manager}.py}): decodes first,
 * then prompts under way, then waiting ones, each as far as the token budget goes. Once the batch has
 * somebody, prompts are suspended while fewer pages than the margin are free. Who finds no pages sits
 * the step out and the next one tries.
 *
 * <p>When nobody finds any, one active request is reset: its pages are freed and it goes to the end of
 * the queue, to compute its prompt and what it generated again. That is the one active for longest; while
 * the queue is blocked, as it is from a reset until a request finishes, it is the one active for the
 * shortest time.
 *
 * <p>Where blocks are shared, a waiting request whose turn it is takes what it finds of its prompt and is
 * active from then on, even if there are no pages for the rest ({@code _infer_request_tokens}). What a
 * step completes is shared from the next on; what the last step of a request completes is not ({@code
 * PagedAttentionCache.mark_shareable_blocks_as_complete}, which passes over finished requests).
 *
 * <p>Deviations: no parallel decoding, no limit on the cache that a step may read, no asynchronous
 * batching. The real engine spins once between a reset and the next step, which takes no time here. A
 * request that was reset and has one token left to compute again counts as decoding.
 */
public final class DecodeFirstScheduler implements Scheduler {
  private final int maxBatchedTokens;
  private final Requests requests;
  private final SparePageAllocator allocator;
  private final IntList waiting = new IntList();
  private final RunningSet running;
  private final IntList computing = new IntList(); // in the last step
  private final Decisions decisions = new Decisions();
  private boolean queueBlocked;
  private boolean foundNoPages; // somebody, in this pass
  private int budget; // tokens left in this step

  public DecodeFirstScheduler(
      int maxSequences, int maxBatchedTokens, Requests requests, SparePageAllocator allocator) {
    this.maxBatchedTokens = maxBatchedTokens;
    this.requests = requests;
    this.allocator = allocator;
    this.running = new RunningSet(requests, allocator, maxSequences);
  }

  @Override
  public void enqueue(int request) {
    waiting.add(request);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    decisions.clear();
    completePages();
    pass(batch);
    while (batch.size() == 0 && foundNoPages && running.size() > 1) {
      resetOne();
      pass(batch);
    }
    if (foundNoPages) {
      decisions.runOut();
    }
    for (int i = 0; i < batch.size(); i++) {
      computing.add(batch.request(i));
    }
  }

  /** What the last step computed can be shared, but for the requests that it finished. */
  private void completePages() {
    for (int i = 0; i < computing.size(); i++) {
      int row = requests.row(computing.get(i));
      if (row != Requests.NO_ROW) {
        allocator.complete(row, requests.computedTokens(computing.get(i)));
      }
    }
    computing.clear();
  }

  private void pass(Batch batch) {
    budget = maxBatchedTokens;
    foundNoPages = false;
    continueRunning(batch, true);
    if (continueRunning(batch, false) && !queueBlocked) {
      admitWaiting(batch);
    }
  }

  /** Gives tokens to the requests that decode, or to the others; false when prompts are suspended. */
  private boolean continueRunning(Batch batch, boolean decoding) {
    for (int i = 0; i < running.size() && budget > 0; i++) {
      int request = running.order().get(i);
      if (decodes(request) != decoding) {
        continue;
      }
      if (!decoding && suspended(batch)) {
        return false;
      }
      int computed = requests.computedTokens(request);
      int tokens = Math.min(requests.knownTokens(request) - computed, budget);
      if (allocator.grow(requests.row(request), computed + tokens)) {
        add(batch, request, tokens, decoding);
      } else {
        foundNoPages = true;
      }
    }
    return true;
  }

  private boolean decodes(int request) {
    int known = requests.knownTokens(request);
    return requests.computedTokens(request) == known - 1 && known > requests.promptTokens(request);
  }

  private boolean suspended(Batch batch) {
    return batch.size() > 0 && allocator.freePages() < allocator.marginPages();
  }

  private void admitWaiting(Batch batch) {
    int at = 0;
    while (at < waiting.size() && budget > 0 && !running.isFull()) {
      int request = waiting.get(at);
      int known = requests.knownTokens(request);
      boolean suspended = suspended(batch);
      int cached = suspended ? 0 : allocator.cachedTokens(request, known);
      int tokens = Math.min(known - cached, budget);
      if (!suspended && running.admit(request, cached > 0 ? cached : tokens)) {
        waiting.removeAt(at);
        decisions.admit(request, requests.preemptions(request) > 0, cached);
        requests.computed(request, cached);
        if (allocator.grow(requests.row(request), cached + tokens)) {
          add(batch, request, tokens, false);
          continue;
        }
      } else {
        at++;
      }
      if (decisions.refusedPages() == 0) {
        decisions.refuseHead(allocator.pagesToAdmit(request, known, tokens));
      }
      foundNoPages |= !suspended;
      if (suspended || allocator.freePages() == 0) {
        return;
      }
    }
  }

  private void resetOne() {
    int index = queueBlocked ? running.size() - 1 : 0;
    int request = running.order().get(index);
    decisions.preempt(request, running.preempt(index));
    waiting.add(request);
    queueBlocked = true;
  }

  private void add(Batch batch, int request, int tokens, boolean decode) {
    batch.add(request, requests.row(request), tokens, requests.computedTokens(request), decode);
    budget -= tokens;
  }

  @Override
  public void finish(IntList finished) {
    running.finish(finished);
    completePages();
    queueBlocked = false;
  }

  @Override
  public IntList running() {
    return running.order();
  }

  @Override
  public int waiting() {
    return waiting.size();
  }

  @Override
  public void copyWaiting(IntList order) {
    order.addAll(waiting);
  }

  @Override
  public IntList quietOrder() {
    if (!allocator.sharesPages()) {
      return running.order();
    }
    boolean known = waiting.size() == 0; // else what the head finds may change
    for (int i = 0; known && i < running.size(); i++) {
      int request = running.order().get(i);
      known = allocator.isComplete(requests.row(request), requests.computedTokens(request));
    }
    return known ? running.order() : IntList.NONE;
  }

  @Override
  public void repeat(Batch batch, int steps) {
    computing.clear();
    computing.addAll(running.order());
  }

  @Override
  public Decisions decisions() {
    return decisions;
  }
}
