package kvlab.sched;

import java.util.Arrays;

/**
 * The least (priority, arrival, id) first; a preempted request returns to its rank. A binary heap; vLLM
 * V1's {@code PriorityRequestQueue} ({@code vllm/v1/core/sched/request_queue.py}) has the same order.
 */
final class PriorityQueue implements RequestQueue {
  private final Requests requests;
  private int[] heap = new int[64];
  private int size;

  PriorityQueue(Requests requests) {
    this.requests = requests;
  }

  @Override
  public void arrive(int request) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    int at = size++;
    while (at > 0 && before(request, heap[(at - 1) / 2])) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = request;
  }

  @Override
  public void giveBack(int request) {
    arrive(request);
  }

  @Override
  public int head() {
    return heap[0];
  }

  @Override
  public void removeHead() {
    int moved = heap[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], moved)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moved;
  }

  @Override
  public void remove(int request) {
    int kept = 0;
    int[] left = new int[size];
    for (int i = 0; i < size; i++) {
      if (heap[i] != request) {
        left[kept++] = heap[i];
      }
    }
    size = 0;
    for (int i = 0; i < kept; i++) {
      arrive(left[i]);
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void copyTo(IntList order) {
    PriorityQueue copy = new PriorityQueue(requests);
    copy.heap = heap.clone();
    copy.size = size;
    for (; copy.size > 0; copy.removeHead()) {
      order.add(copy.head());
    }
  }

  private boolean before(int a, int b) {
    int order = Integer.compare(requests.priority(a), requests.priority(b));
    if (order == 0) {
      order = Long.compare(requests.arrivalNanos(a), requests.arrivalNanos(b));
    }
    return order == 0 ? requests.id(a) < requests.id(b) : order < 0;
  }
}
