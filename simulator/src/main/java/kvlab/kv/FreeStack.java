package kvlab.kv;

/**
 * Last in, first out, the highest page first at the start: the block allocator of vLLM v0.1.0
 * ({@code vllm/core/block_manager.py}, a Python list used from its end).
 */
final class FreeStack implements FreePages {
  private final int[] pages;
  private int size;

  FreeStack(Pool pool) {
    pages = new int[pool.pages()];
    for (int page = 0; page < pages.length; page++) {
      pages[size++] = page;
    }
  }

  /** The lowest page first at the start, as in V0's {@code vllm/core/block/naive_block.py}. */
  static FreeStack lowestFirst(Pool pool) {
    FreeStack stack = new FreeStack(pool);
    for (int i = 0; i < stack.size; i++) {
      stack.pages[i] = stack.size - 1 - i;
    }
    return stack;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int take() {
    return pages[--size];
  }

  @Override
  public void give(int page) {
    pages[size++] = page;
  }
}
