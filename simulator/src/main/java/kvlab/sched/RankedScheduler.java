package kvlab.sched;

import java.util.Arrays;
import kvlab.kv.KeepingAllocator;
import kvlab.kv.PageTable;
import kvlab.step.Batch;

/**
 * The scheduler of LMDeploy's TurboMind engine: {@code SequenceManager::Materialize} ({@code
 * src/turbomind/models/llama/SequenceManager.cc}, 0397f35). So many requests as can run at once hold a
 * slot, with pages or without, and are ranked by arrival. In every step each in turn obtains the pages of
 * all its tokens or nothing: from those that anybody may take, else from sequences of lower rank, the
 * lowest first, as many as it takes; a sequence that was robbed and all behind it sit the step out. One
 * that obtains nothing sits out too, keeps what it has, and the next one tries.
 *
 * <p>What was robbed and not needed goes to the next ones in the same step, or back to whom it was taken
 * from: a robbed request waits and goes on from the pages that it still has; see {@link KeepingAllocator}.
 *
 * <p>Prompts are split where the token budget ends. Those that compute more than one token, or sat the last
 * step out, have their contexts unpacked in a buffer, which limits how many tokens these are together
 * ({@code max_context_token_num}).
 *
 * <p>Deviation: steps do not overlap, so no tokens are in flight ({@code alpha}) when one is scheduled.
 */
public final class RankedScheduler implements LineupScheduler {
  /**
   * The settings that decide.
   *
   * @param maxSequences {@code max_batch_size}
   * @param maxBatchedTokens {@code max_forward_token_num}
   * @param maxContextTokens {@code max_context_token_num}
   */
  public record Settings(int maxSequences, int maxBatchedTokens, int maxContextTokens) {}

  private final Settings settings;
  private final PageTable table;
  private final Requests requests;
  private final KeepingAllocator allocator;
  private final Lineup lineup;
  private final IntList ranked = new IntList(); // requests with a slot, by arrival
  private long[] computedIn = new long[64]; // [request] the step in which it was computed last
  private long step; // of those that are not repetitions
  private int last; // ranks from here on sit this step out
  private int lastHolder; // no rank behind it and before the last has pages, kept or in a row
  private int contextTokens; // that this step may still unpack

  public RankedScheduler(
      Settings settings, PageTable table, Requests requests, KeepingAllocator allocator) {
    this.settings = settings;
    this.table = table;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(Policy.FCFS, settings.maxSequences(), requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    lineup.decisions().clear();
    step++;
    contextTokens = settings.maxContextTokens();
    fillSlots();
    allocator.lockKept();
    cachePrompts();
    last = ranked.size();
    lastHolder = last;
    for (int rank = 0; rank < last && batch.totalTokens() < settings.maxBatchedTokens(); rank++) {
      int request = ranked.get(rank);
      if (unpack(request) <= contextTokens && obtain(rank, request)) {
        compute(batch, request);
      }
    }
  }

  private void fillSlots() {
    while (lineup.waiting().size() > 0 && ranked.size() < settings.maxSequences()) {
      ranked.add(lineup.waiting().head());
      lineup.waiting().removeHead();
    }
    if (requests.handles() > computedIn.length) {
      computedIn = Arrays.copyOf(computedIn, Math.max(requests.handles(), 2 * computedIn.length));
    }
  }

  /** Has the prompts computed so far be found, and those to be computed look for what they can share. */
  private void cachePrompts() {
    for (int rank = 0; rank < ranked.size(); rank++) {
      int request = ranked.get(rank);
      int row = requests.row(request);
      if (row != Requests.NO_ROW) {
        int prompt = requests.promptTokens(request);
        allocator.cache(row, Math.min(prompt, requests.computedTokens(request)));
      }
    }
    for (int rank = 0; rank < ranked.size(); rank++) {
      int request = ranked.get(rank);
      int known = requests.knownTokens(request);
      boolean generated = known > requests.promptTokens(request);
      if (requests.row(request) == Requests.NO_ROW && !generated) {
        allocator.match(request, known);
      }
    }
  }

  /** Tokens of context that the request would have unpacked. */
  private int unpack(int request) {
    int known = requests.knownTokens(request);
    boolean goesOn = computedIn[request] == step - 1 && requests.row(request) != Requests.NO_ROW;
    return goesOn && requests.computedTokens(request) == known - 1 ? 0 : known;
  }

  /** Pages for all that the sequence knows; false, and nothing changed, when it cannot have them. */
  private boolean obtain(int rank, int request) {
    boolean holds = requests.row(request) != Requests.NO_ROW;
    int known = requests.knownTokens(request);
    int missing = table.pool().pagesFor(known) - pages(request);
    if (missing > allocator.takeablePages() && !rob(rank, missing)) {
      refuse(holds, missing);
      return false;
    }
    contextTokens -= unpack(request);
    if (holds) {
      return allocator.grow(requests.row(request), known);
    }
    int kept = allocator.cachedTokens(request, known);
    lineup.running().admit(request, known);
    lineup.decisions().admit(request, requests.preemptions(request) > 0, kept);
    requests.computed(request, kept);
    return true;
  }

  /** Makes so many pages takeable at the cost of lower ranks, or none when theirs are too few. */
  private boolean rob(int rank, int wantedPages) {
    findLastHolder();
    if (lastHolder <= rank) {
      return false;
    }
    int pages = allocator.takeablePages();
    int victim = lastHolder + 1;
    allocator.countLosses();
    while (pages < wantedPages && --victim > rank) {
      int request = ranked.get(victim);
      pages += allocator.loss(request, requests.row(request));
    }
    if (pages < wantedPages) {
      return false;
    }
    while (--last >= victim) {
      preempt(ranked.get(last));
    }
    last = victim;
    return true;
  }

  /** Those before a rank that tries to rob get pages, none of those behind it does. */
  private void findLastHolder() {
    lastHolder = Math.min(lastHolder, last - 1);
    while (lastHolder >= 0 && pages(ranked.get(lastHolder)) == 0) {
      lastHolder--;
    }
  }

  private int pages(int request) {
    int row = requests.row(request);
    return row == Requests.NO_ROW ? allocator.keptPages(request) : table.pages(row);
  }

  private void preempt(int request) {
    if (requests.row(request) == Requests.NO_ROW) {
      allocator.robKept(request);
      return;
    }
    allocator.rob(requests.row(request), requests.computedTokens(request));
    int at = 0;
    while (lineup.running().order().get(at) != request) {
      at++;
    }
    lineup.preempt(at);
  }

  /** What others of a higher rank keep is free, but not for this one. */
  private void refuse(boolean holds, int missingPages) {
    if (holds) {
      lineup.decisions().runOut();
    } else if (lineup.decisions().refusedPages() == 0) {
      int outOfReach = allocator.freePages() - allocator.takeablePages();
      lineup.decisions().refuseHead(missingPages + outOfReach);
    }
  }

  private void compute(Batch batch, int request) {
    int computed = requests.computedTokens(request);
    int known = requests.knownTokens(request);
    int left = settings.maxBatchedTokens() - (int) batch.totalTokens();
    boolean decode = computed == known - 1 && known > requests.promptTokens(request);
    int tokens = Math.min(known - computed, left);
    batch.add(request, requests.row(request), tokens, computed, decode);
    computedIn[request] = step;
  }

  @Override
  public void finish(IntList finished) {
    lineup.running().finish(finished);
    int kept = 0;
    for (int i = 0; i < ranked.size(); i++) {
      if (!contains(finished, ranked.get(i))) {
        ranked.set(kept++, ranked.get(i));
      }
    }
    ranked.truncate(kept);
  }

  private static boolean contains(IntList list, int request) {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) == request) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int waiting() {
    return lineup.waiting().size() + ranked.size() - lineup.running().size();
  }

  @Override
  public void copyWaiting(IntList order) {
    for (int i = 0; i < ranked.size(); i++) {
      if (requests.row(ranked.get(i)) == Requests.NO_ROW) {
        order.add(ranked.get(i));
      }
    }
    lineup.waiting().copyTo(order);
  }

  /** While nobody is robbed, so that those with a slot are those that run; in the order of rank. */
  @Override
  public IntList quietOrder() {
    if (ranked.size() != lineup.running().size()) {
      return IntList.NONE;
    }
    for (int rank = 0; rank < ranked.size(); rank++) {
      int request = ranked.get(rank);
      if (!allocator.isCached(requests.row(request), requests.promptTokens(request))) {
        return IntList.NONE; // it will be when the next step begins
      }
    }
    return ranked;
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
