package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.kv.Pool;
import kvlab.step.Batch;

/**
 * LightLLM's scheduler: a request is admitted when the peak of all that running requests and it may come
 * to hold stays below the pool ({@link FuturePeak}; {@code router/req_queue/chunked_prefill/impl.py},
 * {@code server/core/objs/req.py}, as of 2025-07-11). With {@code a} = prompt + generated + 1 and {@code
 * b} = predicted output still to come, the prediction is what the client declared, or, while less than
 * {@code router_token_ratio} of the pool is held, {@code min(declared, max(1.1 generated, 1024))}.
 *
 * <p>Running requests decode or compute the next chunk of their prompt in the order of admission; where
 * there is no room, the newest is paused: its pages go to the tree, where they can be evicted, and it goes
 * back to the head of the queue to compute again what is lost by then.
 *
 * <p>Deviations: decodes and prompt chunks are one step, where LightLLM runs one after the other in each
 * round and lets prompts wait some rounds ({@code router_max_wait_tokens}); the chunk is the prompt tokens
 * of a step, where LightLLM has one limit per request and another ({@code batch_max_tokens}) per step, and
 * a request is admitted only in a step that has prompt tokens left; a step that pauses admits nobody; as
 * many requests as needed are paused, not two per round.
 */
public final class LightllmScheduler implements LineupScheduler {
  /**
   * The settings that decide.
   *
   * @param maxSequences {@code running_max_req_size}
   * @param chunkTokens {@code chunked_prefill_size}: prompt tokens in one step
   * @param relaxedBelow {@code router_token_ratio}: share of the pool below which outputs are predicted
   *     shorter than declared
   */
  public record Settings(int maxSequences, int chunkTokens, double relaxedBelow) {}

  private static final int RELAXED_NEW_TOKENS = 1024; // router_max_new_token_len
  private static final double RELAXED_GROWTH = 1.1; // req.py, get_tuple_tokens

  private final Settings settings;
  private final Pool pool;
  private final Requests requests;
  private final KvAllocator allocator;
  private final Lineup lineup;
  private final FuturePeak future = new FuturePeak();
  private int chunkLeft; // prompt tokens left in this step

  public LightllmScheduler(Settings settings, Pool pool, Requests requests, KvAllocator allocator) {
    this.settings = settings;
    this.pool = pool;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(Policy.FCFS, settings.maxSequences(), requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    lineup.decisions().clear();
    chunkLeft = settings.chunkTokens();
    continueRunning(batch);
    if (lineup.decisions().preempted().size() == 0 && lineup.waiting().size() > 0) {
      admitWaiting(batch);
    }
  }

  private void continueRunning(Batch batch) {
    for (int i = 0; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      int computed = requests.computedTokens(request);
      int left = requests.knownTokens(request) - computed;
      boolean decode = left == 1 && generated(request) > 0;
      int tokens = decode ? 1 : Math.min(left, chunkLeft);
      if (tokens == 0) {
        continue;
      }
      while (!allocator.grow(requests.row(request), computed + tokens)) {
        if (lineup.giveWay(lineup.running().size() - 1) == request) {
          return;
        }
      }
      batch.add(request, requests.row(request), tokens, computed, decode);
      chunkLeft -= decode ? 0 : tokens;
    }
  }

  private void admitWaiting(Batch batch) {
    boolean relaxed = heldTokens() < settings.relaxedBelow() * pool.slots();
    future.clear();
    for (int i = 0; i < lineup.running().size(); i++) {
      foresee(lineup.running().order().get(i), relaxed);
    }
    while (chunkLeft > 0 && lineup.hasTurn()) {
      int request = lineup.waiting().head();
      foresee(request, relaxed);
      long peak = future.tokens();
      int known = requests.knownTokens(request);
      int cached = allocator.cachedTokens(request, known);
      int tokens = Math.min(known - cached, chunkLeft);
      if (peak >= pool.slots() || !lineup.admitHead(cached + tokens, cached)) {
        refuse(Math.max(peak, pool.slots()));
        return;
      }
      batch.add(request, requests.row(request), tokens, cached, false);
      chunkLeft -= tokens;
    }
  }

  private void foresee(int request, boolean relaxed) {
    int generated = generated(request);
    int predicted = requests.claimTokens(request) - requests.promptTokens(request);
    if (relaxed) {
      int likely = Math.max((int) (RELAXED_GROWTH * generated), RELAXED_NEW_TOKENS);
      predicted = Math.min(predicted, likely);
    }
    future.add(requests.knownTokens(request) + 1, Math.max(0, predicted - generated));
  }

  private int generated(int request) {
    return requests.knownTokens(request) - requests.promptTokens(request);
  }

  private long heldTokens() {
    return (long) (pool.pages() - allocator.freePages()) * pool.pageTokens();
  }

  /** The peak asks for more free pages than there are: what it lacks is memory and not order. */
  private void refuse(long peak) {
    lineup.decisions().refuseHead((int) ((peak - heldTokens()) / pool.pageTokens()) + 1);
  }

  /** A head that was refused may be admitted later: those that run will end sooner than it then. */
  @Override
  public IntList quietOrder() {
    return lineup.hasTurn() ? IntList.NONE : lineup.running().order();
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
