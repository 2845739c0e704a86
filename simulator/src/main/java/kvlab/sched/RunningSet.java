package kvlab.sched;

import java.util.Arrays;
import kvlab.kv.KvAllocator;

/**
 * The requests that hold pages, in the order they were admitted, and the rows of the page table that
 * they hold them in.
 */
public final class RunningSet {
  private final Requests requests;
  private final KvAllocator allocator;
  private final IntList order = new IntList();
  private final int[] freeRows; // a stack
  private int freeRowCount;

  public RunningSet(Requests requests, KvAllocator allocator, int maxSequences) {
    this.requests = requests;
    this.allocator = allocator;
    this.freeRows = new int[maxSequences];
    Arrays.setAll(freeRows, i -> maxSequences - 1 - i);
    this.freeRowCount = maxSequences;
  }

  public IntList order() {
    return order;
  }

  public int size() {
    return order.size();
  }

  public boolean isFull() {
    return freeRowCount == 0;
  }

  /** Gives the request a row and pages for so many tokens, at the end of the order; false without room. */
  public boolean admit(int request, int tokens) {
    int row = freeRows[freeRowCount - 1];
    int known = requests.knownTokens(request);
    if (!allocator.admit(row, request, known, tokens, requests.claimTokens(request))) {
      return false;
    }
    freeRowCount--;
    requests.place(request, row);
    order.add(request);
    return true;
  }

  /** Takes pages and row from the request at the index, which will compute again; returns the tokens lost. */
  public int preempt(int index) {
    int request = order.get(index);
    order.removeAt(index);
    vacate(request);
    return requests.preempted(request);
  }

  /** Takes pages and row from the request at the index, whose KV is kept elsewhere. */
  void swapOut(int index) {
    int request = order.get(index);
    order.removeAt(index);
    vacate(request);
    requests.swappedOut(request);
  }

  /** Takes pages and rows from finished requests, those that still have them, in the order given. */
  public void finish(IntList finished) {
    for (int i = 0; i < finished.size(); i++) {
      if (requests.row(finished.get(i)) == Requests.NO_ROW) {
        continue;
      }
      int row = requests.row(finished.get(i));
      allocator.retire(row);
      freeRows[freeRowCount++] = row;
      requests.place(finished.get(i), Requests.NO_ROW);
    }
    int kept = 0;
    for (int i = 0; i < order.size(); i++) {
      if (requests.row(order.get(i)) != Requests.NO_ROW) {
        order.set(kept++, order.get(i));
      }
    }
    order.truncate(kept);
  }

  private void vacate(int request) {
    allocator.release(requests.row(request));
    freeRows[freeRowCount++] = requests.row(request);
  }
}
