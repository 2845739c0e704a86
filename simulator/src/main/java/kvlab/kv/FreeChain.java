package kvlab.kv;

/**
 * Free pages as a doubly linked chain: taken from the front, given back at the end, and taken out of the
 * middle when a free page is hit by its hash; vLLM V1's {@code FreeKVCacheBlockQueue} ({@code
 * vllm/v1/core/kv_cache_utils.py}).
 */
final class FreeChain {
  private final int[] next;
  private final int[] previous;
  private final int end; // sentinel: its next is the front, its previous the back
  private int size;

  /** All pages from the first one on, in order. */
  FreeChain(int pages, int firstPage) {
    next = new int[pages + 1];
    previous = new int[pages + 1];
    end = pages;
    next[end] = end;
    previous[end] = end;
    for (int page = firstPage; page < pages; page++) {
      append(page);
    }
  }

  int size() {
    return size;
  }

  int front() {
    return next[end];
  }

  int back() {
    return previous[end];
  }

  void append(int page) {
    next[page] = end;
    previous[page] = previous[end];
    next[previous[end]] = page;
    previous[end] = page;
    size++;
  }

  void remove(int page) {
    next[previous[page]] = next[page];
    previous[next[page]] = previous[page];
    size--;
  }
}
