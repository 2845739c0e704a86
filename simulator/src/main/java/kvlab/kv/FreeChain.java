package kvlab.kv;

/**
 * Free pages as a doubly linked chain: taken from the front, given back at the end, and taken out of the
 * middle when a free page is hit by its hash; vLLM V1's {@code FreeKVCacheBlockQueue} ({@code
 * vllm/v1/core/kv_cache_utils.py}).
 */
final class FreeChain {
  private static final int NEXT = 0;
  private static final int PREVIOUS = 1;

  private final int[] links; // [page][2]
  private final int end; // sentinel: its next is the front, its previous the back
  private int size;

  /** All pages from the first one on, in order. */
  FreeChain(int pages, int firstPage) {
    links = new int[2 * pages + 2];
    end = pages;
    link(end, end);
    for (int page = firstPage; page < pages; page++) {
      append(page);
    }
  }

  int size() {
    return size;
  }

  int front() {
    return links[2 * end + NEXT];
  }

  int back() {
    return links[2 * end + PREVIOUS];
  }

  void append(int page) {
    link(back(), page);
    link(page, end);
    size++;
  }

  void remove(int page) {
    link(links[2 * page + PREVIOUS], links[2 * page + NEXT]);
    size--;
  }

  private void link(int page, int next) {
    links[2 * page + NEXT] = next;
    links[2 * next + PREVIOUS] = page;
  }
}
