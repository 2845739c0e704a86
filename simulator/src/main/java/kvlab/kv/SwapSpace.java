package kvlab.kv;

/**
 * Pages of host memory that hold the KV of swapped-out sequences. They are only counted: which one
 * holds what decides nothing, and copying takes no time yet.
 */
public final class SwapSpace {
  private int freePages;

  public SwapSpace(int pages) {
    this.freePages = pages;
  }

  public int freePages() {
    return freePages;
  }

  /** Takes pages, of which there are as many. */
  public void take(int pages) {
    if (pages > freePages) {
      throw new IllegalStateException(pages + " pages taken of " + freePages + " on the host");
    }
    freePages -= pages;
  }

  public void give(int pages) {
    freePages += pages;
  }
}
