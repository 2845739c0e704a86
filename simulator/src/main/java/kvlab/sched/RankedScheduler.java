package kvlab.sched;

import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.step.Batch;

/**
 * The scheduler of LMDeploy's TurboMind engine: {@code SequenceManager::Materialize} ({@code
 * src/turbomind/models/llama/SequenceManager.cc}). So many requests as can run at once hold a slot, with
 * pages or without, and are ranked by arrival. In every step each in turn obtains the pages of all its
 * tokens or nothing: from the free ones, else from sequences of lower rank, the lowest first, as many as
 * it takes; a sequence that was robbed and all behind it sit the step out. One that obtains nothing sits
 * out too, keeps what it has, and the next one tries.
 *
 * <p>Prompts are split where the token budget ends.
 *
 * <p>Deviations: a robbed sequence computes everything again, where TurboMind remembers its pages until
 * somebody needs them; no limit on the context that one step's prompts may read ({@code
 * max_context_token_num}).
 */
public final class RankedScheduler implements LineupScheduler {
  private final int maxSequences;
  private final int maxBatchedTokens;
  private final PageTable table;
  private final Requests requests;
  private final KvAllocator allocator;
  private final Lineup lineup;
  private final IntList ranked = new IntList(); // requests with a slot, by arrival
  private final IntList quiet = new IntList();
  private int last; // ranks from here on sit this step out

  public RankedScheduler(
      int maxSequences,
      int maxBatchedTokens,
      PageTable table,
      Requests requests,
      KvAllocator allocator) {
    this.maxSequences = maxSequences;
    this.maxBatchedTokens = maxBatchedTokens;
    this.table = table;
    this.requests = requests;
    this.allocator = allocator;
    this.lineup = new Lineup(Policy.FCFS, maxSequences, requests, allocator);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    lineup.decisions().clear();
    while (lineup.waiting().size() > 0 && ranked.size() < maxSequences) {
      ranked.add(lineup.waiting().head());
      lineup.waiting().removeHead();
    }
    last = ranked.size();
    for (int rank = 0; rank < last && batch.totalTokens() < maxBatchedTokens; rank++) {
      int request = ranked.get(rank);
      if (obtain(rank, request)) {
        compute(batch, request);
      }
    }
  }

  /** Pages for all that the sequence knows; false, and nothing changed, when it cannot have them. */
  private boolean obtain(int rank, int request) {
    boolean holds = requests.row(request) != Requests.NO_ROW;
    int known = requests.knownTokens(request);
    int held = holds ? table.pages(requests.row(request)) : 0;
    int missing = table.pool().pagesFor(known) - held;
    if (missing > allocator.freePages() && !rob(rank, missing)) {
      refuse(holds, missing);
      return false;
    }
    if (holds) {
      return allocator.grow(requests.row(request), known);
    }
    lineup.running().admit(request, known);
    lineup.decisions().admit(request, requests.preemptions(request) > 0, 0);
    return true;
  }

  /** Frees so many pages at the cost of lower ranks, or nothing when all of theirs are too few. */
  private boolean rob(int rank, int wantedPages) {
    int pages = allocator.freePages();
    int victim = last;
    while (pages < wantedPages && --victim > rank) {
      int row = requests.row(ranked.get(victim));
      pages += row == Requests.NO_ROW ? 0 : table.pages(row);
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

  private void preempt(int request) {
    if (requests.row(request) == Requests.NO_ROW) {
      return;
    }
    int at = 0;
    while (lineup.running().order().get(at) != request) {
      at++;
    }
    lineup.preempt(at);
  }

  private void refuse(boolean holds, int missingPages) {
    if (holds) {
      lineup.decisions().runOut();
    } else if (lineup.decisions().refusedPages() == 0) {
      lineup.decisions().refuseHead(missingPages);
    }
  }

  private void compute(Batch batch, int request) {
    int computed = requests.computedTokens(request);
    int known = requests.knownTokens(request);
    int left = maxBatchedTokens - (int) batch.totalTokens();
    boolean decode = computed == known - 1 && known > requests.promptTokens(request);
    int tokens = Math.min(known - computed, left);
    batch.add(request, requests.row(request), tokens, computed, decode);
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

  /** Room is made in the order of rank, not of admission. */
  @Override
  public IntList quietOrder() {
    quiet.clear();
    for (int i = 0; i < ranked.size(); i++) {
      if (requests.row(ranked.get(i)) != Requests.NO_ROW) {
        quiet.add(ranked.get(i));
      }
    }
    return quiet;
  }

  @Override
  public Lineup lineup() {
    return lineup;
  }
}
