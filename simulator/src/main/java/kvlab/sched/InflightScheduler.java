package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.step.Batch;

/**
 * In-flight batching of TensorRT-LLM, first come first served: the requests in progress in the order in
 * which they were admitted, then the head of the queue for as long as it fits; the first that does not
 * fit ends the step ({@code cpp/tensorrt_llm/batch_manager/{capacityScheduler,microBatchScheduler}.cpp}).
 *
 * <p>What an admission takes is the allocator's rule. Over one that promises the whole claim this is
 * {@code GUARANTEED_NO_EVICT}: growth never fails. Over one that hands out pages on demand it is {@code
 * MAX_UTILIZATION}: where growth fails, the request started last is paused, which takes its pages and
 * lets it compute everything again, until there is room; nothing behind the paused one starts in that
 * step.
 *
 * <p>Pages are taken for all known tokens at once. A prompt is computed whole, or in chunks that are a
 * multiple of a page and share what the decodes leave of the token budget.
 *
 * <p>Deviations: a request is not put off to reuse pages that another one is computing ({@code
 * beneficialToSkip}); steps do not overlap, so there is no two-step look-ahead; a chunk that does not
 * finish its prompt ends the step, so that decodes always come before chunks.
 */
public final class InflightScheduler implements LineupScheduler {
  /**
   * The settings that decide.
   *
   * @param maxSequences {@code max_batch_size}
   * @param maxBatchedTokens {@code max_num_tokens}
   * @param chunkTokens chunks are a multiple of this, or 0 for whole prompts only
   */
  public record Settings(int maxSequences, int maxBatchedTokens, int chunkTokens) {}

  private final Settings settings;
  private final Requests requests;
  private final KvAllocator allocator;
  private final Lineup lineup;
  private int budget; // tokens left in this step

  public InflightScheduler(Settings settings, Requests requests, KvAllocator allocator) {
    this.settings = settings;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(Policy.FCFS, settings.maxSequences(), requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    lineup.decisions().clear();
    budget = settings.maxBatchedTokens();
    if (continueRunning(batch) && lineup.decisions().preempted().size() == 0) {
      admitWaiting(batch);
    }
  }

  /** Whether all that run got as far as they can or gave way. */
  private boolean continueRunning(Batch batch) {
    for (int i = 0; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      int computed = requests.computedTokens(request);
      int tokens = chunk(computed, requests.knownTokens(request));
      if (tokens == 0) {
        return false;
      }
      while (!allocator.grow(requests.row(request), computed + tokens)) {
        if (lineup.giveWay(lineup.running().size() - 1) == request) {
          return true;
        }
      }
      add(batch, request, tokens);
      if (computed + tokens < requests.knownTokens(request)) {
        return false;
      }
    }
    return true;
  }

  /**
   * How many of the tokens left to compute fit the step: all, as many whole pages as the budget has, cut
   * to end with a page ({@code LlmRequest::setPrepopulatedPromptLen}), or none, as where the budget ends in
   * the page of which a part is there.
   */
  private int chunk(int computed, int known) {
    if (known - computed <= budget) {
      return known - computed;
    }
    int unit = settings.chunkTokens();
    return unit == 0 ? 0 : Math.max(0, (computed + budget / unit * unit) / unit * unit - computed);
  }

  private void admitWaiting(Batch batch) {
    while (lineup.hasTurn()) {
      int request = lineup.waiting().head();
      int known = requests.knownTokens(request);
      int cached = allocator.cachedTokens(request, known);
      int tokens = chunk(cached, known);
      if (tokens == 0) {
        return;
      }
      if (!lineup.admitHead(known, cached)) {
        int claim = Math.max(known, requests.claimTokens(request));
        lineup.decisions().refuseHead(allocator.pagesToAdmit(request, known, claim));
        return;
      }
      allocator.grow(
          requests.row(request), cached + tokens); // has room: says how far the step gets
      add(batch, request, tokens);
      if (cached + tokens < known) {
        return;
      }
    }
  }

  private void add(Batch batch, int request, int tokens) {
    int computed = requests.computedTokens(request);
    int known = requests.knownTokens(request);
    boolean decode = computed == known - 1 && known > requests.promptTokens(request);
    batch.add(request, requests.row(request), tokens, computed, decode);
    budget -= tokens;
  }

  /** A head that was refused stays so while memory shrinks, unless losing cached pages makes its prompt too long. */
  @Override
  public IntList quietOrder() {
    return lineup.headIsCached(allocator) ? IntList.NONE : lineup.running().order();
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
