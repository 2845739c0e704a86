package kvlab.kv;

/**
 * Free pages in the order in which they were given back, as vLLM V1's {@code FreeKVCacheBlockQueue} ({@code
 * vllm/v1/core/kv_cache_utils.py}) has them: taken from the front, given back at the end, and taken out of the
 * middle when one is hit by its hash. A ring, in which what was taken from the middle leaves a hole; it closes
 * them when it has no room left. Only pages that can be hit need to be known by their place.
 *
 * <pre>
 *   ring    |  .  | 17 | hole | 4 | 9 |  .  |  .  |
 *                   ^ head              ^ tail
 * </pre>
 */
final class FreeRing {
  private static final int HOLE = -1;

  private final int[] ring;
  private final int pages;
  private int[] place = {}; // [page] where in the ring it is, of those that can be hit
  private int head;
  private int used; // places from the head on, holes included
  private int size;

  /** All pages from the first one on, in order. */
  FreeRing(int pages, int firstPage) {
    this.pages = pages;
    ring = new int[pages + pages / 4 + 16];
    for (int page = firstPage; page < pages; page++) {
      ring[used++] = page;
    }
    size = used;
  }

  int size() {
    return size;
  }

  /** Removes and returns the page in front; there is one. */
  int take() {
    int page = HOLE;
    while (page == HOLE) {
      page = ring[head];
      head = head + 1 == ring.length ? 0 : head + 1;
      used--;
    }
    size--;
    return page;
  }

  /** Removes so many pages from the front; there are as many. */
  void take(int[] taken, int count) {
    if (size < used) { // holes
      for (int i = 0; i < count; i++) {
        taken[i] = take();
      }
      return;
    }
    int atEnd = Math.min(count, ring.length - head);
    System.arraycopy(ring, head, taken, 0, atEnd);
    System.arraycopy(ring, 0, taken, atEnd, count - atEnd);
    head = wrapped(head + count);
    used -= count;
    size -= count;
  }

  /**
   * Appends a page.
   *
   * @param canBeHit whether it may be removed before it is in front
   */
  void append(int page, boolean canBeHit) {
    if (used == ring.length) {
      closeHoles();
    }
    int tail = wrapped(head + used++);
    ring[tail] = page;
    size++;
    if (canBeHit) {
      place()[page] = tail;
    }
  }

  /** Appends pages that a row was cut by and that cannot be hit. */
  void appendCut(PageTable table, int count) {
    if (used + count > ring.length) {
      closeHoles();
    }
    int tail = wrapped(head + used);
    for (int i = 0; i < count; i++) {
      ring[tail] = table.cut(i);
      tail = wrapped(tail + 1);
    }
    used += count;
    size += count;
  }

  /** Takes out a page that can be hit. */
  void remove(int page) {
    ring[place[page]] = HOLE;
    size--;
  }

  private int wrapped(int at) {
    return at < ring.length ? at : at - ring.length;
  }

  private int[] place() {
    if (place.length == 0) {
      place = new int[pages];
    }
    return place;
  }

  /** Of pages that cannot be hit the place is noted too, which is of no use and does no harm. */
  private void closeHoles() {
    int kept = 0;
    for (int i = 0; i < used; i++) {
      int page = ring[wrapped(head + i)];
      if (page != HOLE) {
        int at = wrapped(head + kept++);
        ring[at] = page;
        place()[page] = at;
      }
    }
    used = kept;
  }
}
