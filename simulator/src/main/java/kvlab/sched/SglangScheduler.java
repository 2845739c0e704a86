package kvlab.sched;

import kvlab.kv.Pool;
import kvlab.kv.RadixAllocator;
import kvlab.step.Batch;

/**
 * SGLang's scheduler: prompts before decodes, never both in one step, and an admission that expects
 * running requests to generate only a share of what they declared, the new token ratio ({@code
 * managers/schedule_policy.py}, {@code PrefillAdder}; {@code managers/scheduler.py}; {@code
 * managers/schedule_batch.py}, {@code retract_decode}).
 *
 * <p>The head of the queue is admitted when
 *
 * <pre>
 *   to compute + promised + page &lt; free + evictable - shared prefix that nobody holds
 *                                  - ratio x sum of promised over running requests
 *   promised = min(declared output still to come, 4096)
 * </pre>
 *
 * <p>and once it is refused for memory, nobody is admitted until a request finishes or is retracted. The
 * ratio falls step by step while decoding and rises to what is seen when memory runs out. Then the
 * requests with the fewest tokens generated, of these the longest prompt, lose their pages until the
 * others can decode; what they generated does not enter the tree, and they go to the end of the queue. A
 * prompt longer than the chunk is computed in consecutive steps, in which nobody decodes.
 *
 * <p>Deviations: a request alone is admitted whenever its claim fits, where SGLang would let one that
 * needs all but a page wait for ever; no overlap of scheduling and computing; the ratio is reset when a request arrives at an
 * empty server, not while it idles; {@code max_prefill_tokens} (16,384) binds nothing beside a smaller
 * chunk and is left out.
 */
public final class SglangScheduler implements LineupScheduler {
  /**
   * The settings that decide.
   *
   * @param chunkTokens {@code chunked_prefill_size}: prompt tokens in one step, a multiple of the page
   * @param conservativeness {@code schedule_conservativeness}: scales the ratio of new tokens
   * @param order {@code schedule_policy}: who is admitted first
   */
  public record Settings(
      int maxSequences, int chunkTokens, double conservativeness, SglangQueue.Order order) {}

  private static final int CLIP_NEW_TOKENS = 4096; // schedule_policy.py, CLIP_MAX_NEW_TOKENS
  private static final int RETRACT_STEPS = 20; // environ.py, SGLANG_RETRACT_DECODE_STEPS
  private static final int NONE = -1;

  private final Settings settings;
  private final Pool pool;
  private final Requests requests;
  private final RadixAllocator allocator;
  private final SglangQueue waiting;
  private final Lineup lineup;
  private final NewTokenRatio ratio;
  private final IntList prefilled = new IntList(); // in the last step; not in the tree yet
  private int chunked = NONE; // the running request whose prompt is not computed whole
  private int chunkLeft; // prompt tokens left in this step
  private double reserved; // tokens that running requests are expected to take
  private boolean full; // refused for memory, or for sequences, and nobody has left since
  private int refusedPages;

  public SglangScheduler(
      Settings settings, Pool pool, Requests requests, RadixAllocator allocator) {
    this.settings = settings;
    this.pool = pool;
    this.requests = requests;
    this.allocator = allocator;
    this.waiting = new SglangQueue(settings.order(), pool.pageTokens(), requests, allocator);
    this.lineup = new Lineup(waiting, settings.maxSequences(), requests, allocator);
    this.ratio = new NewTokenRatio(settings.conservativeness());
  }

  /** The share of the declared output that is expected of running requests. */
  public double newTokenRatio() {
    return ratio.value();
  }

  @Override
  public void enqueue(int request) {
    if (lineup.waiting().size() == 0 && lineup.running().size() == 0) {
      ratio.reset();
    }
    lineup.waiting().arrive(request);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    lineup.decisions().clear();
    cachePrefilled();
    prefill(batch);
    if (batch.size() == 0 && lineup.running().size() > 0) {
      decode(batch);
    }
    if (full && lineup.waiting().size() > 0) {
      lineup.decisions().refuseHead(refusedPages);
    }
  }

  /** The prompts computed in the last step enter the tree, where the next step finds them. */
  private void cachePrefilled() {
    for (int i = 0; i < prefilled.size(); i++) {
      allocator.cache(requests.row(prefilled.get(i)));
    }
    prefilled.clear();
  }

  private void prefill(Batch batch) {
    chunkLeft = settings.chunkTokens();
    if (chunked == NONE && (full || lineup.waiting().size() == 0)) {
      return;
    }
    if (chunked != NONE || !lineup.running().isFull()) {
      waiting.sort();
    }
    full = false;
    reserved = 0;
    for (int i = 0; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      reserved += request == chunked ? 0 : promised(request) * ratio.value();
    }
    if (chunked != NONE) {
      continueChunked(batch);
    }
    while (lineup.waiting().size() > 0 && chunkLeft > 0 && admitHead(batch)) {}
  }

  private void continueChunked(Batch batch) {
    int request = chunked;
    int computed = requests.computedTokens(request);
    int left = requests.knownTokens(request) - computed;
    int tokens = Math.min(left, chunkLeft);
    if (!allocator.grow(requests.row(request), computed + tokens)) {
      throw new IllegalStateException("no room for the rest of a prompt that was admitted whole");
    }
    compute(batch, request, tokens);
    endPrompt(request, tokens == left);
  }

  private boolean admitHead(Batch batch) {
    int request = lineup.waiting().head();
    int known = requests.knownTokens(request);
    int cached = lineup.running().isFull() ? 0 : allocator.cachedTokens(request, known);
    int left = known - cached;
    double needed = reserved + left + promised(request) + pool.pageTokens();
    needed += (double) allocator.idleHits(request, known) * pool.pageTokens();
    int tokens = left <= chunkLeft ? left : chunkLeft;
    boolean refused =
        lineup.running().isFull() || (lineup.running().size() > 0 && !hasRoomFor(needed));
    if (refused || !lineup.admitHead(cached + tokens, cached)) {
      full = true;
      refusedPages = lineup.running().isFull() ? 0 : (int) (needed / pool.pageTokens()) + 1;
      return false;
    }
    compute(batch, request, tokens);
    endPrompt(request, tokens == left);
    return true;
  }

  private boolean hasRoomFor(double tokens) {
    return tokens < (double) allocator.freePages() * pool.pageTokens();
  }

  /** A prompt that is computed whole reserves its output; one that is not is all of this step. */
  private void endPrompt(int request, boolean whole) {
    chunked = whole ? NONE : request;
    reserved += whole ? promised(request) : 0;
  }

  private void compute(Batch batch, int request, int tokens) {
    batch.add(request, requests.row(request), tokens, requests.computedTokens(request), false);
    prefilled.add(request);
    chunkLeft -= pool.pagesFor(tokens) * pool.pageTokens();
  }

  private int declared(int request) {
    return requests.claimTokens(request) - requests.promptTokens(request);
  }

  private int generated(int request) {
    return requests.knownTokens(request) - requests.promptTokens(request);
  }

  private int promised(int request) {
    return Math.min(Math.max(0, declared(request) - generated(request)), CLIP_NEW_TOKENS);
  }

  private void decode(Batch batch) {
    if (pagesToDecode() > allocator.freePages()) {
      retract();
    } else {
      ratio.decay();
    }
    for (int i = 0; i < lineup.running().size(); i++) {
      int request = lineup.running().order().get(i);
      int computed = requests.computedTokens(request);
      if (!allocator.grow(requests.row(request), computed + 1)) {
        throw new IllegalStateException("no room to decode after retracting");
      }
      batch.add(request, requests.row(request), 1, computed, true);
    }
  }

  private int pagesToDecode() {
    int pages = 0;
    for (int i = 0; i < lineup.running().size(); i++) {
      pages +=
          requests.computedTokens(lineup.running().order().get(i)) % pool.pageTokens() == 0 ? 1 : 0;
    }
    return pages;
  }

  private void retract() {
    while (lineup.running().size() > 1 && pagesToDecode() > allocator.freePages()) {
      int victim = victimIndex();
      int request = lineup.running().order().get(victim);
      allocator.forget(requests.row(request));
      lineup.giveWay(victim);
      allocator.makeFree(pool.pagesFor(RETRACT_STEPS * lineup.running().size()));
    }
    full = false;
    long decoded = 0;
    long declared = 0;
    for (int i = 0; i < lineup.running().size(); i++) {
      decoded += generated(lineup.running().order().get(i));
      declared += declared(lineup.running().order().get(i));
    }
    ratio.afterRetract(decoded + (long) RETRACT_STEPS * lineup.running().size(), declared);
  }

  /** Who is retracted next; somebody is running. */
  int victimIndex() {
    int victim = 0;
    for (int i = 1; i < lineup.running().size(); i++) {
      if (!staysLongerThan(
          lineup.running().order().get(i), lineup.running().order().get(victim))) {
        victim = i;
      }
    }
    return victim;
  }

  /** Whether a comes before b among those that stay: more generated, then a shorter prompt. */
  private boolean staysLongerThan(int a, int b) {
    if (generated(a) != generated(b)) {
      return generated(a) > generated(b);
    }
    return requests.promptTokens(a) < requests.promptTokens(b);
  }

  @Override
  public void finish(IntList finished) {
    cachePrefilled();
    lineup.running().finish(finished);
    full = false;
  }

  @Override
  public IntList quietOrder() {
    boolean noPrompts = prefilled.size() == 0 && (full || lineup.waiting().size() == 0);
    return noPrompts ? lineup.running().order() : IntList.NONE;
  }

  @Override
  public void repeat(Batch batch, int steps) {
    ratio.decay(steps);
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
