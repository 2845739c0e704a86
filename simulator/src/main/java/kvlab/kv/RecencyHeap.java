package kvlab.kv;

import java.util.Arrays;

/** Pages by the stamp they were given, the least first; a binary heap that knows where each page is. */
final class RecencyHeap {
  private static final int ABSENT = -1;

  private final int[] heap;
  private final int[] place; // [page] its index in the heap, or ABSENT
  private final long[] stamp; // [page]
  private int size;

  RecencyHeap(int pages) {
    heap = new int[pages];
    place = new int[pages];
    stamp = new long[pages];
    Arrays.fill(place, ABSENT);
  }

  int size() {
    return size;
  }

  boolean contains(int page) {
    return place[page] != ABSENT;
  }

  /** Notes the page's stamp; it is not in the heap. */
  void stamp(int page, long itsStamp) {
    stamp[page] = itsStamp;
  }

  /** Adds a page under the stamp it has; it is not in the heap. */
  void add(int page) {
    up(size++, page);
  }

  /** The page with the least stamp; there is one. */
  int least() {
    return heap[0];
  }

  void remove(int page) {
    int at = place[page];
    place[page] = ABSENT;
    int moved = heap[--size];
    if (moved == page) {
      return;
    }
    if (at > 0 && stamp[moved] < stamp[heap[(at - 1) / 2]]) {
      up(at, moved);
    } else {
      down(at, moved);
    }
  }

  private void up(int from, int page) {
    int at = from;
    while (at > 0 && stamp[page] < stamp[heap[(at - 1) / 2]]) {
      put(at, heap[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    put(at, page);
  }

  private void down(int from, int page) {
    int at = from;
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && stamp[heap[child + 1]] < stamp[heap[child]]) {
        child++;
      }
      if (stamp[page] <= stamp[heap[child]]) {
        break;
      }
      put(at, heap[child]);
      at = child;
    }
    put(at, page);
  }

  private void put(int at, int page) {
    heap[at] = page;
    place[page] = at;
  }
}
