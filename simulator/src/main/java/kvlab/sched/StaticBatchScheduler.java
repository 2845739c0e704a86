package kvlab.sched;

import java.util.function.LongSupplier;
import kvlab.kv.KvAllocator;
import kvlab.kv.Pool;
import kvlab.step.Batch;

/**
 * Batches that nobody joins and nobody leaves: the earliest arrivals run together until the longest
 * output is complete, and only then is their memory free. FasterTransformer serves this way
 * ({@code models/multi_gpu_gpt/ParallelGpt.cc}, {@code forward}: one call, one batch), and so does
 * {@code generate} of Hugging Face Transformers ({@code generation/utils.py}, {@code _sample}: until all
 * sequences are finished). Every row of a batch claims as much as the longest of its members.
 *
 * <p>When a batch runs out of memory it is aborted, and half as many rows are tried, down to one, until
 * a batch completes; that is what callers do about a CUDA out-of-memory error
 * ({@code find_executable_batch_size} of Hugging Face Accelerate, which now goes down by tenths). An abort takes a step in which
 * nothing is computed, unless it comes with the prompts, before anything was.
 *
 * <p>Deviations: a batch is formed from what waits when the last one ends, without waiting for more. A
 * request is answered when its last token is sampled, not when the batch ends, and an abort does not
 * take that back. A batch that starts again computes the tokens that its requests had generated
 * together with their prompts, not one by one. Padding and finished rows take memory and copies, but no
 * computation.
 */
public final class StaticBatchScheduler implements Scheduler {
  private final int maxBatch;
  private final Pool pool;
  private final Requests requests;
  private final KvAllocator allocator;
  private final LongSupplier copiedTokens;
  private final RequestQueue waiting;
  private final IntList members = new IntList(); // of a batch that is being formed
  private final IntList running = new IntList();
  private final IntList lingering = new IntList(); // rows
  private final Decisions decisions = new Decisions();
  private int tryRows; // how many are tried next
  private int claimTokens; // of each row of the batch
  private int abortedPages; // that a batch wanted and did not get, until one completes

  /**
   * An idle server.
   *
   * @param copiedTokens tokens that growth has copied since it was last asked
   */
  public StaticBatchScheduler(
      int maxBatch,
      Pool pool,
      Requests requests,
      KvAllocator allocator,
      LongSupplier copiedTokens) {
    this.maxBatch = maxBatch;
    this.pool = pool;
    this.requests = requests;
    this.allocator = allocator;
    this.copiedTokens = copiedTokens;
    this.waiting = Policy.FCFS.queue(requests);
    this.tryRows = maxBatch;
  }

  @Override
  public void enqueue(int request) {
    waiting.arrive(request);
  }

  @Override
  public void schedule(Batch batch) {
    batch.clear();
    decisions.clear();
    if (running.size() == 0) {
      start(batch);
    } else if (growAll()) {
      decode(batch);
    } else {
      abort();
    }
    refuseHead();
  }

  private void start(Batch batch) {
    takeMembers();
    while (members.size() > 0 && !admitMembers()) {
      abortedPages = pages(members.size(), claimTokens);
      tryRows = members.size() / 2;
      while (members.size() > tryRows) {
        waiting.giveBack(members.removeLast());
      }
    }
    for (int i = 0; i < members.size(); i++) {
      int request = members.get(i);
      requests.place(request, i);
      running.add(request);
      decisions.admit(request, requests.preemptions(request) > 0, 0);
      batch.add(request, i, requests.knownTokens(request), 0, false);
    }
    tryRows = Math.max(1, tryRows);
  }

  private void takeMembers() {
    members.clear();
    while (waiting.size() > 0 && members.size() < tryRows) {
      members.add(waiting.head());
      waiting.removeHead();
    }
  }

  /** Gives member i the row i; all of them or none. */
  private boolean admitMembers() {
    claimTokens = 0;
    for (int i = 0; i < members.size(); i++) {
      claimTokens = Math.max(claimTokens, claim(members.get(i)));
    }
    for (int i = 0; i < members.size(); i++) {
      int request = members.get(i);
      int known = requests.knownTokens(request);
      if (!allocator.admit(i, request, known, known, claimTokens)) {
        releaseRows(i);
        return false;
      }
    }
    return true;
  }

  private int claim(int request) {
    return Math.max(requests.claimTokens(request), requests.knownTokens(request));
  }

  private boolean growAll() {
    for (int i = 0; i < running.size(); i++) {
      int request = running.get(i);
      if (!allocator.grow(requests.row(request), requests.computedTokens(request) + 1)) {
        return false;
      }
    }
    return true;
  }

  private void decode(Batch batch) {
    for (int i = 0; i < running.size(); i++) {
      int request = running.get(i);
      batch.add(request, requests.row(request), 1, requests.computedTokens(request), true);
    }
    batch.copy(copiedTokens.getAsLong());
  }

  private void abort() {
    int rows = running.size() + lingering.size();
    while (running.size() > 0) {
      int request = running.removeLast();
      decisions.preempt(request, requests.preempted(request));
      waiting.giveBack(request);
    }
    lingering.clear();
    abortedPages = pages(rows, allocator.askedTokens(0) + 1);
    releaseRows(rows);
    tryRows = Math.max(1, rows / 2);
  }

  private int pages(int rows, int tokensOfEach) {
    return (int) Math.min(Integer.MAX_VALUE, (long) rows * pool.pagesFor(tokensOfEach));
  }

  private void releaseRows(int rows) {
    for (int row = 0; row < rows; row++) {
      allocator.release(row);
    }
  }

  /**
   * The head waits for memory, and not only for the batch to end, where one more row would not fit or the
   * batch that it was to be in did not.
   */
  private void refuseHead() {
    if (waiting.size() > 0 && decisions.preempted().size() == 0) {
      int pages = pool.pagesFor(Math.max(claimTokens, claim(waiting.head())));
      pages = Math.max(pages, abortedPages);
      if (pages > allocator.freePages()) {
        decisions.refuseHead(pages);
      }
    }
  }

  /** The rows stay until the last request of the batch is done. */
  @Override
  public void finish(IntList finished) {
    for (int i = 0; i < finished.size(); i++) {
      int request = finished.get(i);
      lingering.add(requests.row(request));
      requests.place(request, Requests.NO_ROW);
    }
    int kept = 0;
    for (int i = 0; i < running.size(); i++) {
      if (requests.row(running.get(i)) != Requests.NO_ROW) {
        running.set(kept++, running.get(i));
      }
    }
    running.truncate(kept);
    if (kept == 0) {
      releaseRows(lingering.size());
      lingering.clear();
      tryRows = maxBatch;
      abortedPages = 0;
    }
  }

  @Override
  public IntList running() {
    return running;
  }

  @Override
  public IntList lingeringRows() {
    return lingering;
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
  public IntList quietOrder() {
    return running;
  }

  @Override
  public void repeat(Batch batch, int steps) {
    decisions.clear();
    batch.copy(copiedTokens.getAsLong());
    refuseHead();
  }

  @Override
  public Decisions decisions() {
    return decisions;
  }
}
