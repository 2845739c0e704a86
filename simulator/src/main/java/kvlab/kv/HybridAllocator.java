package kvlab.kv;

import java.util.List;
import java.util.Optional;

/**
 * The hybrid KV cache manager of vLLM V1 ({@code vllm/v1/core/kv_cache_coordinator.py}, {@code
 * single_type_kv_cache_manager.py}): layers in groups whose pages are equal in bytes, so that one pool
 * serves all of them, and a row per sequence and group. A group whose layers slide gives up a page once
 * the window has passed all of it: with c tokens computed those before token {@code c - window + 1}
 * ({@code SlidingWindowManager.get_num_skipped_tokens}), before pages are taken for the next step.
 *
 * <p>With prefix caching a page carries the hash of its group and of the chain of tokens up to its end.
 * A request hits the longest prefix that full groups have from its start on and of which sliding groups
 * have the last {@code ceil((window - 1) / pageTokens)} pages ({@code HybridKVCacheCoordinator
 * .find_longest_cache_hit}); it does not take the pages before those. Pages that the window passes stay
 * cached like those of a finished request. Order of the free pages as in {@link PrefixCachingAllocator}.
 *
 * <p>Deviation: one window per model, so one look at each kind of group settles the hit.
 */
public final class HybridAllocator implements KvAllocator {
  private static final int NOBODY = -1;
  private static final long GROUP_STEP = 0x9e3779b97f4a7c15L; // spreads groups over the hashes

  private final LayerGroup[] groups; // in the order in which vLLM allocates for them
  private final PageTable first; // every group's row has the same columns
  private final Pool pool;
  private final int stepTokens;
  private final int windowPages; // pages at the end of a hit that sliding groups need
  private final Optional<PageHashes> hashes;
  private final FreeChain free;
  private final PageIndex index;
  private final int[] request; // [row]
  private final int[] hashedPages; // [row] columns whose pages carry a hash, in every group
  private int cachedPages; // free pages that carry a hash
  private int hitPages; // columns found for the request looked up last
  private int freeHits; // pages of them that nobody holds, over all groups
  private int lookedUp = NOBODY;
  private int lookedUpTokens;

  /**
   * An allocator for groups that share a pool. Page 0 is the null page.
   *
   * @param stepTokens the most tokens that a step computes
   * @param hashes what the tokens are, with prefix caching
   */
  public HybridAllocator(Layout layout, int stepTokens, Optional<PageHashes> hashes) {
    List<LayerGroup> all = layout.groups();
    this.groups = all.toArray(LayerGroup[]::new);
    this.first = all.get(0).table();
    this.pool = layout.pool();
    this.stepTokens = stepTokens;
    this.windowPages = pool.pagesFor(Math.max(0, layout.model().windowTokens() - 1));
    this.hashes = hashes;
    this.free = new FreeChain(pool.pages(), 1);
    this.index = new PageIndex(pool.pages());
    this.request = new int[first.rows()];
    this.hashedPages = new int[first.rows()];
    first.withhold(0);
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return hitPages * pool.pageTokens();
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (lookedUp == itsRequest && lookedUpTokens == knownTokens) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    lookedUpTokens = knownTokens;
    hitPages = 0;
    freeHits = 0;
    if (hashes.isEmpty()) {
      return;
    }
    int most = (knownTokens - 1) / pool.pageTokens();
    hitPages = slidingHit(itsRequest, fullHit(itsRequest, most));
    for (int g = 0; g < groups.length; g++) {
      for (int i = groups[g].passedPages(hitPages * pool.pageTokens()); i < hitPages; i++) {
        freeHits += groups[g].table().holders(find(itsRequest, g, i)) == 0 ? 1 : 0;
      }
    }
  }

  /** Columns from the start on that every full group has. */
  private int fullHit(int itsRequest, int most) {
    int hit = 0;
    while (hit < most && inAll(itsRequest, hit, false)) {
      hit++;
    }
    return hit;
  }

  /** The end of the last run of columns, no later than that, which is long enough for the window. */
  private int slidingHit(int itsRequest, int most) {
    int run = 0;
    for (int i = most - 1; i >= 0; i--) {
      if (!inAll(itsRequest, i, true)) {
        run = 0;
      } else if (++run >= windowPages) {
        return i + run;
      }
    }
    return run; // a run from the start on needs no more before it
  }

  private boolean inAll(int itsRequest, int column, boolean sliding) {
    for (int g = 0; g < groups.length; g++) {
      boolean slides = groups[g].layers().full() == 0;
      if (slides == sliding && find(itsRequest, g, column) == PageTable.NO_PAGE) {
        return false;
      }
    }
    return true;
  }

  private int find(int itsRequest, int group, int column) {
    return index.find(hash(itsRequest, group, column));
  }

  private long hash(int itsRequest, int group, int column) {
    return hashes.orElseThrow().hash(itsRequest, column) + group * GROUP_STEP;
  }

  /** The full-sequence gate counts what the sequence will hold at most, not all its columns. */
  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int tokens) {
    lookUp(itsRequest, knownTokens);
    int pages = freeHits;
    for (LayerGroup group : groups) {
      pages += Math.max(0, group.mostPages(tokens, stepTokens) - hitPages);
    }
    return pages;
  }

  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int tokens, int claimTokens) {
    lookUp(itsRequest, knownTokens);
    int missing = pool.pagesFor(tokens) - hitPages;
    if ((long) missing * groups.length + freeHits > free.size()) {
      return false;
    }
    for (int g = 0; g < groups.length; g++) {
      takeHits(row, itsRequest, g);
    }
    request[row] = itsRequest;
    hashedPages[row] = hitPages;
    take(row, missing);
    hashFullPages(row, tokens);
    return true;
  }

  private void takeHits(int row, int itsRequest, int group) {
    PageTable table = groups[group].table();
    int from = groups[group].passedPages(hitPages * pool.pageTokens());
    table.skipTo(row, from);
    for (int i = from; i < hitPages; i++) {
      int page = find(itsRequest, group, i);
      if (table.holders(page) == 0) {
        free.remove(page);
        cachedPages--;
      }
      table.share(row, page);
    }
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = pool.pagesFor(tokens) - first.pages(row);
    if ((long) missing * groups.length > free.size()) {
      return false;
    }
    take(row, missing);
    hashFullPages(row, tokens);
    return true;
  }

  private void take(int row, int pages) {
    for (LayerGroup group : groups) {
      for (int i = 0; i < pages; i++) {
        int page = free.front();
        free.remove(page);
        if (index.contains(page)) {
          index.remove(page);
          cachedPages--;
        }
        group.table().append(row, page);
      }
    }
    lookedUp = NOBODY;
  }

  private void hashFullPages(int row, int tokens) {
    int full = tokens / pool.pageTokens();
    if (hashes.isEmpty() || full <= hashedPages[row]) {
      return;
    }
    for (int g = 0; g < groups.length; g++) {
      for (int i = hashedPages[row]; i < full; i++) {
        index.add(groups[g].table().page(row, i), hash(request[row], g, i));
      }
    }
    hashedPages[row] = full;
    lookedUp = NOBODY;
  }

  @Override
  public void slide(int row, int computedTokens) {
    for (LayerGroup group : groups) {
      PageTable table = group.table();
      int passed = group.passedPages(computedTokens);
      if (passed > table.firstPage(row)) {
        giveBack(table, row, table.firstPage(row), passed);
        table.dropHead(row, passed);
      }
    }
  }

  @Override
  public void release(int row) {
    for (LayerGroup group : groups) {
      PageTable table = group.table();
      giveBack(table, row, table.firstPage(row), table.pages(row));
      table.clear(row);
    }
  }

  /** Puts those of the row's pages that only it holds at the end of the queue, the last one first. */
  private void giveBack(PageTable table, int row, int from, int to) {
    for (int i = to - 1; i >= from; i--) {
      int page = table.page(row, i);
      if (table.holders(page) == 1) {
        free.append(page);
        cachedPages += index.contains(page) ? 1 : 0;
      }
    }
    lookedUp = NOBODY;
  }

  @Override
  public int freePages() {
    return free.size();
  }

  @Override
  public int cachedPages() {
    return cachedPages;
  }

  @Override
  public boolean isCached(int page) {
    return index.contains(page);
  }

  @Override
  public int askedTokens(int row) {
    return first.capacityTokens(row);
  }

  @Override
  public int largestSequenceTokens() {
    return Layout.mostTokens(pool.pageTokens(), this::fitsAlone);
  }

  private boolean fitsAlone(int tokens) {
    long pages = 0;
    for (LayerGroup group : groups) {
      pages += group.mostPages(tokens, stepTokens);
    }
    return pages <= pool.pages() - first.withheldPages();
  }
}
