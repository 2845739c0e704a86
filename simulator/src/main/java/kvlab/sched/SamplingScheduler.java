package kvlab.sched;

import kvlab.kv.ForkingAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.step.Batch;
import kvlab.workload.InputException;

/**
 * {@link WholePromptScheduler} for requests of several samples, which live and die together: one prompt
 * is computed, its pages are shared by all samples, and those that write into a page which others hold too
 * copy it first (Kwon et al., SOSP 2023, section 4.4; vLLM v0.1.0 {@code core/scheduler.py}). A group
 * that has to give way is swapped to host memory whole and comes back, first out first in, before anyone
 * is admitted; what its samples share is moved once and shared again.
 *
 * <p>The hypotheses of beam search are samples that die and fork: after each step one that no survivor
 * descends from gives up its pages and holds those of the parent of the survivor that takes its place
 * ({@code post_step} of the artifact's scheduler; see {@link BeamDescent} for who descends from whom).
 *
 * <p>Deviation: all samples of a request have the same length, as in the artifact's runs, which ignore the
 * end of a sequence. As in vLLM, a group that finds no room in host memory ends the run.
 */
public final class SamplingScheduler implements Scheduler {
  private final BeamDescent descent;
  private final int maxBatchedTokens;
  private final Pool pool;
  private final Requests requests;
  private final ForkingAllocator allocator;
  private final SampleGroups groups;
  private final RequestQueue waiting = new FcfsQueue(); // of groups
  private final FcfsQueue swapped = new FcfsQueue(); // of groups
  private final IntList running = new IntList(); // of groups
  private final IntList runningRequests = new IntList();
  private final IntList freeRows = new IntList();
  private final Decisions decisions = new Decisions();
  private int hostPages; // free

  /**
   * A scheduler of groups.
   *
   * @param descent how many sequences a group has, and which of them go on
   * @param hostPages room for swapped pages in host memory
   */
  public SamplingScheduler(
      BeamDescent descent,
      int maxSequences,
      int maxBatchedTokens,
      int hostPages,
      PageTable table,
      Requests requests,
      ForkingAllocator allocator) {
    this.descent = descent;
    this.maxBatchedTokens = maxBatchedTokens;
    this.hostPages = hostPages;
    this.pool = table.pool();
    this.requests = requests;
    this.allocator = allocator;
    this.groups = new SampleGroups(descent.width());
    for (int row = maxSequences - 1; row >= 0; row--) {
      freeRows.add(row);
    }
  }

  @Override
  public void enqueue(int request) {
    int group = groups.add(request);
    if (group >= 0) {
      waiting.arrive(group);
    }
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    decisions.clear();
    for (int i = 0; i < running.size() && !descent.isNone(); i++) {
      descend(running.get(i));
    }
    for (int i = 0; i < running.size(); i++) {
      if (!makeRoom(batch, i)) {
        break; // the group itself gave way, and it was the last
      }
      decode(batch, running.get(i));
    }
    if (!decisions.memoryRanOut()) {
      swapIn(batch);
      admitWaiting(batch);
    }
    batch.copy(allocator.takeCopiedTokens());
    listRunning();
  }

  /** The group, which was in the last step, goes on with the survivors of it. */
  private void descend(int group) {
    int leader = groups.member(group, 0);
    int computed = requests.computedTokens(leader);
    if (computed == requests.promptTokens(leader)) {
      return; // all of them hold the prompt and nothing else
    }
    int[] parents = descent.parents(requests.id(leader), computed);
    for (int k = 0; k < groups.samples(); k++) {
      if (parents[k] != k) {
        int row = requests.row(groups.member(group, k));
        allocator.release(row);
        allocator.fork(requests.row(groups.member(group, parents[k])), row);
      }
    }
  }

  /** One free page for every sequence of the group at the index, whether it needs it or not. */
  private boolean makeRoom(Batch batch, int index) {
    while (allocator.freePages() < groups.samples()) {
      int last = running.size() - 1;
      giveWay(batch, running.get(last));
      running.removeLast();
      if (last == index) {
        return false;
      }
    }
    return true;
  }

  private void decode(Batch batch, int group) {
    for (int k = 0; k < groups.samples(); k++) {
      int request = groups.member(group, k);
      int computed = requests.computedTokens(request);
      if (!allocator.grow(requests.row(request), computed + 1)) {
        throw new IllegalStateException("no page for a sequence that was promised one");
      }
      batch.add(request, requests.row(request), 1, computed, true);
    }
  }

  private void giveWay(Batch batch, int group) {
    noteSharing(group);
    int pages = pagesOf(group);
    if (pages > hostPages) {
      throw new InputException(
          "a request of " + groups.samples() + " sequences has to be swapped out, and host memory"
              + " has no room for its " + pages + " pages; raise host-pages");
    }
    for (int k = 0; k < groups.samples(); k++) {
      int request = groups.member(group, k);
      allocator.release(requests.row(request));
      freeRows.add(requests.row(request));
      requests.place(request, Requests.NO_ROW);
      decisions.preempt(request, 0);
    }
    hostPages -= pages;
    batch.transfer((long) pages * pool.pageTokens());
    swapped.arrive(group);
  }

  /** Samples part once and for good, so what one shares with those before it is the head of one of them. */
  private void noteSharing(int group) {
    for (int k = 0; k < groups.samples(); k++) {
      int with = 0;
      int most = 0;
      for (int j = 0; j < k; j++) {
        int shared = allocator.sharedPages(
            requests.row(groups.member(group, j)), requests.row(groups.member(group, k)));
        if (shared > most) {
          with = j;
          most = shared;
        }
      }
      groups.noteSharing(group, k, with, most);
    }
  }

  /** Different pages of a group whose sharing has been noted. */
  private int pagesOf(int group) {
    int each = pool.pagesFor(requests.computedTokens(groups.member(group, 0)));
    int pages = 0;
    for (int k = 0; k < groups.samples(); k++) {
      pages += each - groups.sharedPages(group, k);
    }
    return pages;
  }

  private void swapIn(Batch batch) {
    while (swapped.size() > 0) {
      int group = swapped.head();
      int needed = pagesOf(group) + groups.samples();
      if (allocator.freePages() - needed < allocator.marginPages()
          || freeRows.size() < groups.samples()) {
        decisions.refuseHead(needed);
        return;
      }
      swapped.removeHead();
      restore(group);
      batch.transfer((long) pagesOf(group) * pool.pageTokens());
      hostPages += pagesOf(group);
      running.add(group);
      decode(batch, group);
    }
  }

  private void restore(int group) {
    for (int k = 0; k < groups.samples(); k++) {
      int request = groups.member(group, k);
      int row = freeRows.removeLast();
      requests.place(request, row);
      int with = requests.row(groups.member(group, groups.sharesWith(group, k)));
      int computed = requests.computedTokens(request);
      if (!allocator.restore(row, computed, with, groups.sharedPages(group, k))) {
        throw new IllegalStateException("no page for a group that was to be swapped in");
      }
    }
  }

  private void admitWaiting(Batch batch) {
    while (swapped.size() == 0 && waiting.size() > 0) {
      int group = waiting.head();
      int leader = groups.member(group, 0);
      int tokens = requests.knownTokens(leader);
      if (batch.totalTokens() + tokens > maxBatchedTokens || freeRows.size() < groups.samples()) {
        return;
      }
      int row = freeRows.get(freeRows.size() - 1);
      if (!allocator.admit(row, leader, tokens, tokens, tokens)) {
        decisions.refuseHead(pool.pagesFor(tokens));
        return;
      }
      waiting.removeHead();
      running.add(group);
      start(batch, group, tokens);
    }
  }

  /** The first sample computes the prompt; the others hold its pages and only sample. */
  private void start(Batch batch, int group, int tokens) {
    int leader = groups.member(group, 0);
    for (int k = 0; k < groups.samples(); k++) {
      int request = groups.member(group, k);
      int row = freeRows.removeLast();
      requests.place(request, row);
      decisions.admit(request, false, 0);
      if (k == 0) {
        batch.add(request, row, tokens, 0, false);
      } else {
        allocator.fork(requests.row(leader), row);
        requests.computed(request, tokens);
        batch.addFork(request, row, tokens);
      }
    }
  }

  private void listRunning() {
    runningRequests.clear();
    for (int i = 0; i < running.size(); i++) {
      for (int k = 0; k < groups.samples(); k++) {
        runningRequests.add(groups.member(running.get(i), k));
      }
    }
  }

  @Override
  public void finish(IntList finished) {
    for (int i = 0; i < finished.size(); i++) {
      int request = finished.get(i);
      allocator.release(requests.row(request));
      freeRows.add(requests.row(request));
      requests.place(request, Requests.NO_ROW);
      int group = groups.groupOf(request);
      if (groups.finish(group)) {
        removeRunning(group);
      }
    }
    listRunning();
  }

  private void removeRunning(int group) {
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i) == group) {
        running.removeAt(i);
        return;
      }
    }
  }

  @Override
  public IntList running() {
    return runningRequests;
  }

  /** Those that are swapped out wait too. */
  @Override
  public int waiting() {
    return (waiting.size() + swapped.size()) * groups.samples();
  }

  @Override
  public void copyWaiting(IntList order) {
    IntList queued = new IntList();
    swapped.copyTo(queued);
    waiting.copyTo(queued);
    for (int i = 0; i < queued.size(); i++) {
      for (int k = 0; k < groups.samples(); k++) {
        order.add(groups.member(queued.get(i), k));
      }
    }
  }

  @Override
  public Decisions decisions() {
    return decisions;
  }
}
