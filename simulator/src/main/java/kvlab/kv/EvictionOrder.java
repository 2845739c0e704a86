package kvlab.kv;

import java.util.Arrays;

/**
 * Free pages that keep what they hold, the one to be given up first at the front: the least recently
 * used; among equals the one deepest in its sequence; then the lowest page. A binary heap that a page
 * can also leave from the middle. vLLM V0's {@code LRUEvictor} ({@code vllm/core/evictor.py}) has the
 * same order.
 */
final class EvictionOrder {
  private static final int ABSENT = -1;

  private final int[] heap;
  private final int[] place; // [page] index into the heap, or ABSENT
  private final long[] lastUse; // [page] step
  private final int[] depth; // [page] pages of the sequence up to its end
  private int size;

  EvictionOrder(int pages) {
    heap = new int[pages];
    place = new int[pages];
    lastUse = new long[pages];
    depth = new int[pages];
    Arrays.fill(place, ABSENT);
  }

  int size() {
    return size;
  }

  boolean contains(int page) {
    return place[page] != ABSENT;
  }

  int front() {
    return heap[0];
  }

  /** Adds a page that is not there. */
  void add(int page, long itsLastUse, int itsDepth) {
    lastUse[page] = itsLastUse;
    depth[page] = itsDepth;
    put(page, size++);
    rise(page);
  }

  /** Removes a page that is there. */
  void remove(int page) {
    int gap = place[page];
    place[page] = ABSENT;
    int moved = heap[--size];
    if (moved != page) {
      put(moved, gap);
      rise(moved);
      sink(moved);
    }
  }

  private void rise(int page) {
    int at = place[page];
    for (; at > 0 && before(page, heap[(at - 1) / 2]); at = (at - 1) / 2) {
      put(heap[(at - 1) / 2], at);
    }
    put(page, at);
  }

  private void sink(int page) {
    int at = place[page];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], page)) {
        break;
      }
      put(heap[child], at);
      at = child;
    }
    put(page, at);
  }

  private void put(int page, int at) {
    heap[at] = page;
    place[page] = at;
  }

  private boolean before(int a, int b) {
    if (lastUse[a] != lastUse[b]) {
      return lastUse[a] < lastUse[b];
    }
    return depth[a] == depth[b] ? a < b : depth[a] > depth[b];
  }
}
