package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.step.Batch;

/**
 * The scheduler of vLLM V1, synchronous: decision for decision that of
 * {@code vllm/v1/core/sched/scheduler.py}. Running requests first, in list order, whether they decode
 * or still prefill; then the head of the queue for as long as it fits; a shortage is met by taking
 * everything from a running request, which computes again later. A step that preempts admits nobody.
 *
 * <p>Not modelled: speculative decoding, LoRA, encoders, KV connectors, asynchronous scheduling.
 */
public final class VllmV1Scheduler implements Scheduler {
  /**
   * The settings that decide.
   *
   * @param maxSequences {@code max_num_seqs}
   * @param maxBatchedTokens {@code max_num_batched_tokens}
   * @param maxModelTokens {@code max_model_len}
   * @param chunkedPrefill whether a prompt may be split over steps
   * @param longPrefillTokens {@code long_prefill_token_threshold}, 0 for none
   * @param fullSequenceGate {@code scheduler_reserve_full_isl}: admit only when pages for all known
   *     tokens are free, not just for the first chunk
   */
  public record Settings(
      Policy policy,
      int maxSequences,
      int maxBatchedTokens,
      int maxModelTokens,
      boolean chunkedPrefill,
      int longPrefillTokens,
      boolean fullSequenceGate) {}

  private final Settings settings;
  private final Requests requests;
  private final KvAllocator allocator;
  private final RequestQueue waiting;
  private final RunningSet running;
  private final Decisions decisions = new Decisions();
  private int budget; // tokens left in this step

  public VllmV1Scheduler(Settings settings, Requests requests, KvAllocator allocator) {
    this.settings = settings;
    this.requests = requests;
    this.allocator = allocator;
    this.waiting = settings.policy().queue(requests);
    this.running = new RunningSet(requests, allocator, settings.maxSequences());
  }

  @Override
  public void enqueue(int request) {
    waiting.arrive(request);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    decisions.clear();
    budget = settings.maxBatchedTokens();
    continueRunning(batch);
    if (decisions.preempted().size() == 0) {
      admitWaiting(batch);
    }
  }

  private void continueRunning(Batch batch) {
    int index = 0;
    while (index < running.size() && budget > 0) {
      int request = running.order().get(index);
      int tokens = nextTokens(request);
      if (tokens == 0) {
        index++;
        continue;
      }
      int total = requests.computedTokens(request) + tokens;
      allocator.slide(requests.row(request), requests.computedTokens(request));
      boolean room = allocator.grow(requests.row(request), total);
      while (!room) {
        int victim = victimIndex();
        int preempted = running.order().get(victim);
        int takenBack = batch.remove(preempted);
        if (takenBack > 0) {
          budget += takenBack;
          index--;
        }
        preempt(victim);
        if (preempted == request) {
          return;
        }
        room = allocator.grow(requests.row(request), total);
      }
      add(batch, request, tokens);
      index++;
    }
  }

  /** Tokens that a running request may compute in this step. */
  private int nextTokens(int request) {
    int computed = requests.computedTokens(request);
    int tokens = Math.min(chunk(requests.knownTokens(request) - computed), budget);
    return Math.min(tokens, settings.maxModelTokens() - 1 - computed);
  }

  private int chunk(int tokens) {
    int longest = settings.longPrefillTokens();
    return longest > 0 && tokens > longest ? longest : tokens;
  }

  private int victimIndex() {
    if (settings.policy() == Policy.FCFS) {
      return running.size() - 1;
    }
    int worst = 0;
    for (int i = 1; i < running.size(); i++) {
      if (givesWayBefore(running.order().get(i), running.order().get(worst))) {
        worst = i;
      }
    }
    return worst;
  }

  private boolean givesWayBefore(int a, int b) {
    if (requests.priority(a) != requests.priority(b)) {
      return requests.priority(a) > requests.priority(b);
    }
    return requests.arrivalNanos(a) > requests.arrivalNanos(b);
  }

  private void preempt(int index) {
    int request = running.order().get(index);
    decisions.preempt(request, running.preempt(index));
    waiting.giveBack(request);
  }

  private void admitWaiting(Batch batch) {
    while (waiting.size() > 0 && budget > 0 && !running.isFull()) {
      int request = waiting.head();
      int known = requests.knownTokens(request);
      int cached = allocator.cachedTokens(request, known);
      int tokens = chunk(known - cached);
      if (tokens > budget) {
        if (!settings.chunkedPrefill()) {
          return;
        }
        tokens = budget;
      }
      int gate = settings.fullSequenceGate() ? known : cached + tokens;
      int neededPages = allocator.pagesToAdmit(request, known, gate);
      if (neededPages > allocator.freePages() || !running.admit(request, cached + tokens)) {
        decisions.refuseHead(neededPages);
        return;
      }
      waiting.removeHead();
      decisions.admit(request, requests.preemptions(request) > 0, cached);
      requests.computed(request, cached);
      add(batch, request, tokens);
    }
  }

  private void add(Batch batch, int request, int tokens) {
    int computed = requests.computedTokens(request);
    int known = requests.knownTokens(request);
    boolean decode = computed == known - 1 && known > requests.promptTokens(request);
    batch.add(request, requests.row(request), tokens, computed, decode);
    budget -= tokens;
  }

  @Override
  public void finish(IntList finished) {
    running.finish(finished);
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
    waiting.copyTo(order);
  }

  @Override
  public Decisions decisions() {
    return decisions;
  }
}
