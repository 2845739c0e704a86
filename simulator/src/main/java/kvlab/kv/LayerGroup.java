package kvlab.kv;

/**
 * Layers that lie in the same pages, so that one page table serves them all.
 *
 * @param table its pages; a sequence has the same row in the table of every group
 * @param layers the layers of the group
 * @param pageLayers layers that a page has room for; more than the group has where it is padded
 */
public record LayerGroup(PageTable table, Layers layers, int pageLayers) {
  public LayerGroup {
    if (pageLayers < layers.count()) {
      throw new IllegalArgumentException(
          layers.count() + " layers do not fit pages of " + pageLayers);
    }
  }

  /** Layer slots of so many of the table's pages; see {@link Layout}. */
  public long layerSlots(long pages) {
    return pages * table.pool().pageTokens() * pageLayers;
  }

  /** Leading pages of a sequence that no layer of the group reads again, once so much is computed. */
  int passedPages(int computedTokens) {
    boolean allSlide = layers.full() == 0;
    return allSlide ? layers.passedTokens(computedTokens) / table.pool().pageTokens() : 0;
  }

  /**
   * The most pages that a sequence holds on its way to so many tokens: of a sliding group the window
   * and what one step computes, which may begin anywhere in a page (vLLM's {@code
   * SlidingWindowSpec.max_admission_blocks_per_request}, {@code vllm/v1/kv_cache_interface.py}).
   *
   * @param stepTokens the most tokens that a step computes
   */
  int mostPages(int tokens, int stepTokens) {
    int pages = table.pool().pagesFor(tokens);
    if (layers.full() > 0) {
      return pages;
    }
    long span = (long) layers.windowTokens() - 1 + stepTokens;
    long cap = (span + table.pool().pageTokens() - 1) / table.pool().pageTokens() + 1;
    return (int) Math.min(pages, cap);
  }
}
