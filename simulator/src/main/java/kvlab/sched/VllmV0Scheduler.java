package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.kv.Pool;
import kvlab.kv.SwapSpace;
import kvlab.step.Batch;

/**
 * The scheduler of vLLM V0 in its last state: decision for decision that of
 * {@code vllm/core/scheduler.py} of September 2025. Without chunked prefill a step computes whole
 * prompts or decodes, never both; prompts come first ({@code _schedule_default}). With it, decodes come
 * first and prompts fill up the step ({@code _schedule_chunked_prefill}), and the priority policy has no
 * effect.
 *
 * <p>A request that needs a page when there is none takes those of the last running request, which
 * computes everything again or is swapped out to host memory.
 *
 * <p>Deviations: where V0 stops with an error because the host memory is full, the request is recomputed
 * instead; so is one that V0 could not take back, because what is left of its prompt is over the budget.
 * Not modelled: several sequences of a request, LoRA, encoders, lookahead slots, sliding windows, delay
 * factor, partial-prefill limits.
 */
public final class VllmV0Scheduler implements Scheduler {
  /** What becomes of a request that loses its pages. */
  public enum Preemption {
    /** It goes to the front of the queue and computes everything that it has again. */
    RECOMPUTE,
    /** Its pages are copied to host memory and back. */
    SWAP
  }

  /**
   * The settings that decide.
   *
   * @param maxSequences {@code max_num_seqs}
   * @param maxBatchedTokens {@code max_num_batched_tokens}
   * @param maxModelTokens {@code max_model_len}
   * @param chunkedPrefill whether a prompt may be split over steps
   * @param prefixCaching whether a chunk that does not finish a prompt ends with a page
   * @param preemption {@code preemption_mode}
   */
  public record Settings(
      Policy policy,
      int maxSequences,
      int maxBatchedTokens,
      int maxModelTokens,
      boolean chunkedPrefill,
      boolean prefixCaching,
      Preemption preemption) {
    /** The most tokens that one prompt may compute in a step. */
    int promptLimitTokens() {
      return chunkedPrefill ? maxModelTokens : Math.min(maxModelTokens, maxBatchedTokens);
    }
  }

  private final Settings settings;
  private final V0Queues queues;
  private final V0Admission admission;
  private final V0Continuation continuation;
  private final V0Return comeback;
  private final V0Eviction eviction;
  private final IntList order = new IntList();

  public VllmV0Scheduler(
      Settings settings, Pool pool, Requests requests, KvAllocator allocator, SwapSpace swapSpace) {
    this.settings = settings;
    this.queues = new V0Queues(settings, pool, requests, allocator, swapSpace);
    this.admission = new V0Admission(queues, pool.pages());
    this.continuation = new V0Continuation(queues);
    this.comeback = new V0Return(queues, pool.pages());
    this.eviction = new V0Eviction(queues, admission);
  }

  @Override
  public void enqueue(int request) {
    queues.waiting().arrive(request);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    queues.beginStep();
    if (settings.chunkedPrefill()) {
      decodesFirst(batch);
    } else {
      promptsFirst(batch);
    }
    queues.endStep(batch);
  }

  private void promptsFirst(Batch batch) {
    if (queues.swapped().size() == 0) {
      admission.run(settings.maxBatchedTokens());
      if (admission.prefills().size() > 0) {
        admission.prefills().appendAdmittedTo(batch);
        return;
      }
    }
    if (settings.policy() == Policy.PRIORITY) {
      eviction.run();
    }
    int budget = continuation.run(settings.maxBatchedTokens());
    continuation.returnRecomputed();
    comeback.clear();
    if (!continuation.preempted()) {
      comeback.run(budget);
    }
    continuation.decodes().appendTo(batch);
    comeback.decodes().appendTo(batch);
  }

  private void decodesFirst(Batch batch) {
    int budget = continuation.run(settings.maxBatchedTokens());
    order.clear();
    continuation.appendUnreached(order);
    comeback.clear();
    if (!continuation.preempted()) {
      budget = comeback.run(budget);
    }
    admission.run(budget);
    continuation.returnRecomputed();
    putInOrder();
    admission.prefills().appendAdmittedTo(batch);
    continuation.prefills().appendTo(batch);
    comeback.prefills().appendTo(batch);
    continuation.decodes().appendTo(batch);
    comeback.decodes().appendTo(batch);
  }

  /** The running list of the next step: prompts that this one finishes go before those it does not. */
  private void putInOrder() {
    comeback.decodes().appendTo(order);
    comeback.prefills().appendTo(order);
    continuation.decodes().appendTo(order);
    V0Picks prefills = continuation.prefills();
    for (int i = 0; i < prefills.size(); i++) {
      if (prefills.finishes(i)) {
        order.add(prefills.request(i));
      }
    }
    for (int i = 0; i < prefills.size(); i++) {
      if (!prefills.finishes(i)) {
        order.add(prefills.request(i));
      }
    }
    admission.prefills().appendTo(order);
    queues.running().order().clear();
    queues.running().order().addAll(order);
  }

  @Override
  public void finish(IntList finished) {
    queues.running().finish(finished);
  }

  @Override
  public IntList running() {
    return queues.running().order();
  }

  @Override
  public int waiting() {
    return queues.waiting().size();
  }

  @Override
  public void copyWaiting(IntList into) {
    queues.waiting().copyTo(into);
  }

  /** A head that was refused stays so; one that waits for another reason may be refused as memory shrinks. */
  @Override
  public IntList quietOrder() {
    boolean ranked = settings.policy() == Policy.PRIORITY;
    boolean blocked = !ranked && decisions().refusedPages() > 0;
    if (queues.swapped().size() > 0 || (queues.waiting().size() > 0 && !blocked)) {
      return IntList.NONE;
    }
    if (ranked && !settings.chunkedPrefill()) {
      eviction.sortRunning();
    }
    return queues.running().order();
  }

  @Override
  public void repeat(Batch batch, int steps) {
    queues.pass(steps);
  }

  @Override
  public Decisions decisions() {
    return queues.decisions();
  }
}
