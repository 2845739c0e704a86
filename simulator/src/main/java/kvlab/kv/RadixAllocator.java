package kvlab.kv;

import java.util.Arrays;

/**
 * A pool of pages, by default of one token, beside a radix tree of the prefixes that have been computed:
 * SGLang's token pool with its {@code RadixCache}, and LightLLM's token memory with its own. A request
 * takes the longest prefix in the tree, all but its last token, and shares it; the rest of its pages are
 * its own until they are put into the tree. What it puts there and the tree has already is given back,
 * and the tree's pages take its place. Pages in the tree that nobody holds are free: when no others are
 * left, the prefix used least recently is evicted; see {@link PrefixTree}.
 *
 * <p>Deviation: free pages are handed out first in, first out, which matters to no count.
 */
public final class RadixAllocator implements KvAllocator {
  private static final int NOBODY = -1;

  private final PageTable table;
  private final Pool pool;
  private final PageHashes hashes;
  private final int spareTokens;
  private final FreeQueue free;
  private final PrefixTree tree;
  private final int[] request; // [row]
  private final int[] tokens; // [row] whose KV is in the row's pages, or will be after this step
  private boolean[] released = new boolean[64]; // [request] whether it was, and may have come back
  private final int[] treePages; // [row] leading pages that are in the tree
  private int[] hits = new int[64]; // pages found for the request looked up last
  private int hitCount;
  private int idleHits; // hits that nobody holds
  private int lookedUp = NOBODY;
  private int lookedUpTokens;

  /**
   * An empty tree beside a free pool.
   *
   * @param spareTokens slots that no sequence can have because admission wants them to be left
   */
  public RadixAllocator(PageTable table, PageHashes hashes, int spareTokens) {
    this.table = table;
    this.pool = table.pool();
    this.hashes = hashes;
    this.spareTokens = spareTokens;
    this.free = new FreeQueue(pool, 0);
    this.tree = new PrefixTree(table);
    this.request = new int[table.rows()];
    this.tokens = new int[table.rows()];
    this.treePages = new int[table.rows()];
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return hitCount * pool.pageTokens();
  }

  /** Leading tokens of a waiting request that are in the tree, its last token included; see {@link #hasPage}. */
  public int matchedTokens(int itsRequest, int knownTokens) {
    int from = 0; // pages that are there
    int to = findablePages(itsRequest, knownTokens / pool.pageTokens());
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      if (hasPage(itsRequest, middle - 1)) {
        from = middle;
      } else {
        to = middle - 1;
      }
    }
    return from * pool.pageTokens();
  }

  /** Whether the tree has a full page of the request; if so it has those before it, its ancestors. */
  private boolean hasPage(int itsRequest, int page) {
    return tree.find(hashes.hash(itsRequest, page)) != PageTable.NO_PAGE;
  }

  /** Whether another request may have so many leading pages in common. */
  public boolean sharesPages(int itsRequest, int pages) {
    return pages <= hashes.sharedPages(itsRequest);
  }

  /** Leading pages of the first so many that may be in the tree: what only the request has is if it was there. */
  private int findablePages(int itsRequest, int most) {
    boolean cameBack = itsRequest < released.length && released[itsRequest];
    return cameBack ? most : Math.min(most, hashes.sharedPages(itsRequest));
  }

  /** Equal for requests with equal tokens in so many leading pages, which are full. */
  public long prefixHash(int itsRequest, int pages) {
    return hashes.hash(itsRequest, pages - 1);
  }

  /** Of the pages that a waiting request would share, those that nobody holds. */
  public int idleHits(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return idleHits;
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (lookedUp == itsRequest && lookedUpTokens == knownTokens) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    lookedUpTokens = knownTokens;
    hitCount = 0;
    idleHits = 0;
    int most = findablePages(itsRequest, (knownTokens - 1) / pool.pageTokens());
    while (hitCount < most) {
      int page = tree.find(hashes.hash(itsRequest, hitCount));
      if (page == PageTable.NO_PAGE) {
        return;
      }
      if (hitCount == hits.length) {
        hits = Arrays.copyOf(hits, hitCount * 2);
      }
      hits[hitCount++] = page;
      idleHits += table.holders(page) == 0 ? 1 : 0;
    }
  }

  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int itsTokens) {
    lookUp(itsRequest, knownTokens);
    return pool.pagesFor(itsTokens) - hitCount + idleHits;
  }

  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int itsTokens, int claimTokens) {
    if (pagesToAdmit(itsRequest, knownTokens, itsTokens) > freePages()) {
      return false;
    }
    tree.tick();
    for (int i = 0; i < hitCount; i++) {
      share(row, hits[i]);
    }
    if (hitCount > 0) {
      tree.end(hits[hitCount - 1]);
    }
    request[row] = itsRequest;
    tokens[row] = itsTokens;
    treePages[row] = hitCount;
    take(row, pool.pagesFor(itsTokens) - hitCount);
    lookedUp = NOBODY;
    return true;
  }

  private void share(int row, int page) {
    if (table.holders(page) == 0) {
      tree.lock(page);
    }
    table.share(row, page);
    tree.use(page);
  }

  @Override
  public boolean grow(int row, int itsTokens) {
    int missing = pool.pagesFor(itsTokens) - table.pages(row);
    if (missing > freePages()) {
      return false;
    }
    take(row, missing);
    tokens[row] = Math.max(tokens[row], itsTokens);
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, table.capacityTokens(row) + 1);
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return Math.max(0, pool.pagesFor(tokens) - table.pages(row));
  }

  /** Those that hold nothing: whom to evict depends on what is in use. */
  @Override
  public int pagesInTurn() {
    return free.size();
  }

  @Override
  public void use(int row, int itsTokens, long step) {
    tokens[row] = Math.max(tokens[row], itsTokens);
  }

  private void take(int row, int pages) {
    for (int i = 0; i < pages; i++) {
      if (free.size() == 0) {
        evict();
      }
      table.append(row, free.take());
    }
  }

  private void evict() {
    tree.evict(free);
    lookedUp = NOBODY;
  }

  /** Evicts until so many pages are free and empty, or nothing can be evicted. */
  public void makeFree(int pages) {
    while (free.size() < pages && tree.idlePages() > 0) {
      evict();
    }
  }

  /** Puts the row's full pages into the tree; their tokens have been computed. */
  public void cache(int row) {
    tree.tick();
    int full = tokens[row] / pool.pageTokens();
    int before = PageTable.NO_PAGE;
    int index = 0;
    int findable = Math.max(treePages[row], findablePages(request[row], full));
    while (index < Math.min(full, findable) && isThere(row, index)) {
      before = table.page(row, index++);
      tree.use(before);
    }
    if (before != PageTable.NO_PAGE) {
      tree.end(before);
    }
    int shared = Math.min(full, hashes.sharedPages(request[row]));
    for (; index < shared; index++) {
      int page = table.page(row, index);
      tree.add(page, hashes.hash(request[row], index), before);
      before = page;
    }
    for (; index < full; index++) {
      int page = table.page(row, index);
      tree.addUnlisted(page, before);
      before = page;
    }
    if (before != PageTable.NO_PAGE) {
      tree.end(before);
    }
    treePages[row] = Math.max(treePages[row], full);
    lookedUp = NOBODY;
  }

  /** Whether the tree has the page's tokens; the row then holds the tree's page and not one of its own. */
  private boolean isThere(int row, int index) {
    if (index < treePages[row]) {
      return true;
    }
    int page = tree.find(hashes.hash(request[row], index));
    if (page == PageTable.NO_PAGE) {
      return false;
    }
    if (table.holders(page) == 0) {
      tree.lock(page);
    }
    free.give(table.exchange(row, index, page));
    return true;
  }

  /** What the row has computed since it was last put into the tree will not be kept. */
  public void forget(int row) {
    tokens[row] = 0;
  }

  /**
   * Puts what the row has computed into the tree, unless told to forget it, and lets go of all. The request may
   * come back, so what only it has can be found from now on.
   */
  @Override
  public void release(int row) {
    if (tokens[row] > 0) {
      cache(row);
    }
    for (int i = 0; i < treePages[row]; i++) {
      if (tree.isUnlisted(table.page(row, i))) {
        tree.list(table.page(row, i), hashes.hash(request[row], i));
      }
    }
    if (request[row] >= released.length) {
      released = Arrays.copyOf(released, 2 * request[row]);
    }
    released[request[row]] = true;
    letGo(row);
  }

  @Override
  public void retire(int row) {
    if (tokens[row] > 0) {
      cache(row);
    }
    if (request[row] < released.length) {
      released[request[row]] = false;
    }
    letGo(row);
  }

  private void letGo(int row) {
    int pages = table.cut(row, 0);
    for (int i = 0; i < pages; i++) {
      int page = table.cut(i);
      if (tree.contains(page)) {
        tree.unlock(page);
      } else {
        free.give(page);
      }
    }
    tokens[row] = 0;
    treePages[row] = 0;
    lookedUp = NOBODY;
  }

  @Override
  public int freePages() {
    return free.size() + tree.idlePages();
  }

  @Override
  public int cachedPages() {
    return tree.idlePages();
  }

  @Override
  public boolean isCached(int page) {
    return tree.contains(page);
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    return Math.max(0, pool.slots() - spareTokens);
  }
}
