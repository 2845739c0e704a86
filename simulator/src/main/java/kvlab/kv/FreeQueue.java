package kvlab.kv;

/**
 * First in, first out, the lowest page first at the start: vLLM V1's free block queue ({@code
 * vllm/v1/core/kv_cache_utils.py}, {@code FreeKVCacheBlockQueue}). The first page never enters it.
 */
final class FreeQueue implements FreePages {
  private final int[] ring;
  private int head;
  private int size;

  FreeQueue(Pool pool, int firstPage) {
    ring = new int[Math.max(1, pool.pages() - firstPage)];
    for (int page = firstPage; page < pool.pages(); page++) {
      ring[size++] = page;
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int take() {
    int page = ring[head];
    head = head + 1 == ring.length ? 0 : head + 1;
    size--;
    return page;
  }

  @Override
  public void give(int page) {
    int tail = head + size;
    ring[tail < ring.length ? tail : tail - ring.length] = page;
    size++;
  }
}
