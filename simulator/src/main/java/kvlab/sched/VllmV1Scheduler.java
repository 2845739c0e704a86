package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.step.Batch;

/**
 * The scheduler of vLLM V1, synchronous: decision for decision that of
 * {@code vllm/v1/core/sched/scheduler.py}. Running requests first, in list order, whether they decode
 * or still prefill; then the head of the queue for as long as it fits; a shortage is met by taking
 * everything from a running request, which computes again later. A step that preempts admits nobody.
 *
 * <p>Under asynchronous scheduling ({@code async_scheduler.py}) it is the engine that differs: it asks for
 * a step while the one before runs, counts that one's tokens as there, and tells of a finish a step
 * late. A request whose last token is being computed has none left to schedule and keeps its pages.
 * Deviation: a page that decoding fills can be reused from the step that fills it, in vLLM from the next.
 *
 * <p>Not modelled: speculative decoding, LoRA, encoders, KV connectors.
 */
public final class VllmV1Scheduler implements LineupScheduler {
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
  private final Lineup lineup;
  private int budget; // tokens left in this step

  public VllmV1Scheduler(Settings settings, Requests requests, KvAllocator allocator) {
    this.settings = settings;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(settings.policy(), settings.maxSequences(), requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    scheduleAfter(batch, 0);
  }

  /** By priority, somebody may give way to one behind it. */
  @Override
  public boolean decodesInOrder(int running) {
    return settings.policy() == Policy.FCFS && running <= settings.maxBatchedTokens();
  }

  @Override
  public void scheduleAfter(Batch batch, int sequences) {
    lineup.decisions().clear();
    budget = settings.maxBatchedTokens() - sequences;
    continueRunning(batch, sequences);
    if (lineup.decisions().preempted().size() == 0) {
      admitWaiting(batch);
    }
  }

  private void continueRunning(Batch batch, int from) {
    int index = from;
    while (index < lineup.running().size() && budget > 0) {
      int request = lineup.running().order().get(index);
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
        int preempted = lineup.running().order().get(victim);
        int takenBack = batch.remove(preempted);
        if (takenBack > 0) {
          budget += takenBack;
          index--;
        }
        lineup.giveWay(victim);
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
      return lineup.running().size() - 1;
    }
    int worst = 0;
    for (int i = 1; i < lineup.running().size(); i++) {
      if (givesWayBefore(
          lineup.running().order().get(i), lineup.running().order().get(worst))) {
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

  private void admitWaiting(Batch batch) {
    while (budget > 0 && lineup.hasTurn()) {
      int request = lineup.waiting().head();
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
      if (neededPages > allocator.freePages() || !lineup.admitHead(cached + tokens, cached)) {
        lineup.decisions().refuseHead(neededPages);
        return;
      }
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
    for (int i = 0; i < finished.size(); i++) {
      if (requests.row(finished.get(i)) == Requests.NO_ROW) {
        lineup.waiting().remove(finished.get(i)); // preempted while its last token was computed
      }
    }
    lineup.running().finish(finished);
  }

  /** A head that was refused stays so while memory shrinks, unless losing cached pages makes it ask for less. */
  @Override
  public IntList quietOrder() {
    return asksForAll() || !lineup.headIsCached(allocator)
        ? lineup.running().order()
        : IntList.NONE;
  }

  /** Whether what a head asks for depends on nothing but what it knows and what the pool has of it. */
  private boolean asksForAll() {
    return settings.chunkedPrefill() && settings.fullSequenceGate();
  }

  /** With no place for one more to run the head is not even asked about. */
  @Override
  public boolean refusesHead() {
    if (!asksForAll() || lineup.running().size() >= settings.maxBatchedTokens()) {
      return false;
    }
    int neededPages = 0;
    if (lineup.hasTurn()) {
      int head = lineup.waiting().head();
      int known = requests.knownTokens(head);
      neededPages = allocator.pagesToAdmit(head, known, known);
      if (neededPages <= allocator.freePages()) {
        return false;
      }
    }
    lineup.decisions().clear();
    lineup.decisions().refuseHead(neededPages);
    return true;
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
