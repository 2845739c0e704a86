package kvlab.kv;

/**
 * Pages kept in host memory by their hash, the least recently used given up first: the CPU tier of vLLM's
 * KV offloading ({@code vllm/v1/kv_offload/lru_manager.py}). It holds copies: a page is stored when it is
 * full, and stays on the device for as long as it would without this tier.
 */
final class HostTier {
  private final PageIndex index;
  private final FreeChain byUse; // all pages of the tier, the least recently used in front
  private final int pages;

  /** An empty tier; of 0 pages where there is none. */
  HostTier(int pages) {
    this.pages = pages;
    this.index = new PageIndex(pages);
    this.byUse = new FreeChain(pages, 0);
  }

  boolean exists() {
    return pages > 0;
  }

  boolean contains(long hash) {
    return index.find(hash) != PageTable.NO_PAGE;
  }

  /** Makes the page with this hash the most recently used, and stores it where it is missing. */
  void use(long hash) {
    if (pages == 0) {
      return;
    }
    int page = index.find(hash);
    if (page == PageTable.NO_PAGE) {
      page = byUse.front();
      if (index.contains(page)) {
        index.remove(page);
      }
      index.add(page, hash);
    }
    byUse.remove(page);
    byUse.append(page);
  }
}
