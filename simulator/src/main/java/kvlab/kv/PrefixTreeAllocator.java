package kvlab.kv;

import java.util.Arrays;

/**
 * The block manager of TensorRT-LLM with block reuse ({@code
 * cpp/tensorrt_llm/batch_manager/{kvCacheManager,evictionPolicy}.cpp}, {@code docs/.../kvcache.md}). Full
 * pages form a tree by their tokens; a page joins it once its tokens have been computed, if no page with
 * the same tokens is there, and stays when nobody holds it any more. A request shares the longest chain
 * from the root that holds its tokens, all but the last. Free pages are taken as follows: those outside
 * the tree, then those of the tree, least recently freed first, and no page before a free one that
 * continues it.
 *
 * <p>A sequence takes the pages of all its tokens on admission, and {@link #grow} says how far a step
 * computes; what an earlier call said is then there.
 *
 * <p>Deviations: no partial reuse of a page, which would copy the tokens it shares ({@code
 * enable_partial_reuse}): {@link PageHashes} tell pages apart, not tokens; every page has the default
 * priority, so the order is that of time alone; no host pool. A page whose predecessor was held by others
 * only can outlive it in the tree, where nobody finds it until the predecessor is back.
 */
public final class PrefixTreeAllocator implements KvAllocator {
  private static final int NOBODY = -1;

  private final PageTable table;
  private final Pool pool;
  private final PageHashes hashes;
  private final PageIndex tree;
  private final RecencyHeap evictable; // free pages that no free page continues
  private final int[] request; // [row]
  private final int[] storedPages; // [row] leading pages that are in the tree, these or equal ones
  private final int[] scheduledTokens; // [row] computed by the next call
  private final int[] parent; // [page] its predecessor in the tree, or NO_PAGE
  private final int[] parentVersion; // [page] version of the predecessor when it was noted
  private final int[] version; // [page] how often it has left the tree
  private final int[] freeChildren; // [page] free pages that continue it
  private int freePages;
  private int cachedPages; // free pages in the tree
  private long newest; // stamps of pages in the tree grow, those of others fall
  private long oldest;
  private int[] hits = new int[64]; // pages found for the request looked up last
  private int hitCount;
  private int freeHits; // hits that nobody holds
  private int lookedUp = NOBODY;

  /** A tree over an empty pool. */
  public PrefixTreeAllocator(PageTable table, PageHashes hashes) {
    this.table = table;
    this.pool = table.pool();
    this.hashes = hashes;
    int pages = pool.pages();
    this.tree = new PageIndex(pages);
    this.evictable = new RecencyHeap(pages);
    this.request = new int[table.rows()];
    this.storedPages = new int[table.rows()];
    this.scheduledTokens = new int[table.rows()];
    this.parent = new int[pages];
    this.parentVersion = new int[pages];
    this.version = new int[pages];
    this.freeChildren = new int[pages];
    for (int page = pages - 1; page >= 0; page--) {
      free(page);
    }
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return hitCount * pool.pageTokens();
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (lookedUp == itsRequest) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    hitCount = 0;
    freeHits = 0;
    int most = (knownTokens - 1) / pool.pageTokens();
    while (hitCount < most) {
      int page = tree.find(hashes.hash(itsRequest, hitCount));
      if (page == PageTable.NO_PAGE) {
        return;
      }
      if (hitCount == hits.length) {
        hits = Arrays.copyOf(hits, hitCount * 2);
      }
      hits[hitCount++] = page;
      freeHits += table.holders(page) == 0 ? 1 : 0;
    }
  }

  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int tokens) {
    lookUp(itsRequest, knownTokens);
    return pool.pagesFor(tokens) - hitCount + freeHits;
  }

  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int tokens, int claimTokens) {
    if (pagesToAdmit(itsRequest, knownTokens, tokens) > freePages) {
      return false;
    }
    for (int i = 0; i < hitCount; i++) {
      if (table.holders(hits[i]) == 0) {
        leaveFree(hits[i]);
        cachedPages--;
      }
      table.share(row, hits[i]);
    }
    request[row] = itsRequest;
    storedPages[row] = hitCount;
    scheduledTokens[row] = hitCount * pool.pageTokens();
    take(row, pool.pagesFor(tokens) - hitCount);
    return true;
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = pool.pagesFor(tokens) - table.pages(row);
    if (missing > freePages) {
      return false;
    }
    store(row);
    scheduledTokens[row] = Math.max(scheduledTokens[row], tokens);
    take(row, missing);
    return true;
  }

  /** A full page enters the tree with the call after the one that said that it fills up. */
  @Override
  public int nextGrowth(int row, int tokens) {
    int pageTokens = pool.pageTokens();
    if (scheduledTokens[row] / pageTokens > storedPages[row]) {
      return tokens;
    }
    int fills = (tokens + pageTokens - 1) / pageTokens * pageTokens;
    return Math.max(tokens, Math.min(fills, table.capacityTokens(row) + 1));
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return Math.max(0, pool.pagesFor(tokens) - table.pages(row));
  }

  @Override
  public void use(int row, int tokens, long step) {
    scheduledTokens[row] = Math.max(scheduledTokens[row], tokens);
  }

  private void take(int row, int pages) {
    for (int i = 0; i < pages; i++) {
      int page = evictable.least();
      leaveFree(page);
      if (tree.contains(page)) {
        tree.remove(page);
        version[page]++;
        cachedPages--;
      }
      table.append(row, page);
    }
    lookedUp = NOBODY;
  }

  /** Puts the row's full pages whose tokens have been computed into the tree. */
  private void store(int row) {
    int full = scheduledTokens[row] / pool.pageTokens();
    if (full <= storedPages[row]) {
      return;
    }
    int first = storedPages[row];
    while (first > 0 && node(row, first - 1) == PageTable.NO_PAGE) {
      first--; // an equal page was there in its place and has been evicted
    }
    int before = first == 0 ? PageTable.NO_PAGE : node(row, first - 1);
    for (int i = first; i < full; i++) {
      int node = node(row, i);
      if (node == PageTable.NO_PAGE) {
        node = table.page(row, i);
        tree.add(node, hashes.hash(request[row], i));
        parent[node] = before;
        parentVersion[node] = before == PageTable.NO_PAGE ? 0 : version[before];
      }
      before = node;
    }
    storedPages[row] = full;
    lookedUp = NOBODY;
  }

  /** The page of the tree that holds what the row's page of that index does. */
  private int node(int row, int index) {
    return tree.find(hashes.hash(request[row], index));
  }

  @Override
  public void release(int row) {
    store(row);
    while (table.pages(row) > 0) {
      int page = table.removeLast(row);
      if (table.holders(page) == 0) {
        free(page);
      }
    }
    lookedUp = NOBODY;
  }

  private void free(int page) {
    freePages++;
    if (tree.contains(page)) {
      cachedPages++;
      evictable.stamp(page, ++newest);
      int before = predecessor(page);
      if (before != PageTable.NO_PAGE
          && freeChildren[before]++ == 0
          && evictable.contains(before)) {
        evictable.remove(before);
      }
    } else {
      evictable.stamp(page, --oldest);
    }
    if (freeChildren[page] == 0) {
      evictable.add(page);
    }
  }

  private void leaveFree(int page) {
    freePages--;
    if (evictable.contains(page)) {
      evictable.remove(page);
    }
    if (!tree.contains(page)) {
      return;
    }
    int before = predecessor(page);
    if (before != PageTable.NO_PAGE && --freeChildren[before] == 0 && table.holders(before) == 0) {
      evictable.add(before);
    }
  }

  /** The page before it in the tree, as long as that is there. */
  private int predecessor(int page) {
    int before = parent[page];
    boolean there = before != PageTable.NO_PAGE && version[before] == parentVersion[page];
    return there ? before : PageTable.NO_PAGE;
  }

  @Override
  public int freePages() {
    return freePages;
  }

  @Override
  public int cachedPages() {
    return cachedPages;
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  @Override
  public int largestSequenceTokens() {
    return pool.slots();
  }
}
