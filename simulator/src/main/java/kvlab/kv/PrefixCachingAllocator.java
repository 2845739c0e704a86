package kvlab.kv;

import java.util.Arrays;

/**
 * The block pool of vLLM V1 with prefix caching ({@code vllm/v1/core/block_pool.py}, {@code
 * kv_cache_manager.py}, {@code single_type_kv_cache_manager.py}). A full page carries the hash of the
 * chain of tokens up to its end from the moment its tokens are scheduled, and keeps it when nobody holds
 * it any more; a request takes the longest chain of pages that carry its hashes, all but its last token,
 * and shares them. Free pages, with a hash or without, are one queue: taken from the front, whereby the
 * hash is lost, and given back at the end, a request's last page first. Pages with equal hashes are not
 * merged; a hit takes the one that has had the hash for longest. Generated tokens, and prompts that nobody
 * shares, are hashed only when their request loses its pages, since nobody else can have them.
 *
 * <p>Where the chain ends on the device it may go on in host memory (vLLM's {@code OffloadingConnector},
 * {@code vllm/v1/kv_offload}; see {@link HostTier}): what is found there is loaded into new pages, counted
 * in {@link #takeLoadedTokens}, and need not be computed. Deviations: full pages are stored at once and for
 * free, since that overlaps with computing; a load is part of the step that admits the request, where vLLM
 * lets the request wait aside; a prompt that is there whole computes its last page again, as it does
 * without a host tier; a page counts as used when it is stored or loaded, not each time it is looked up.
 */
public final class PrefixCachingAllocator implements KvAllocator {
  private static final int NOBODY = -1;

  private final PageTable table;
  private final Pool pool;
  private final PageHashes hashes;
  private final FreeRing free;
  private final PageIndex index;
  private final HostTier host;
  private final int[] request; // [row]
  private final int[] hashedPages; // [row] pages that carry a hash
  private final int[] change; // [row] the next length that fills a page or needs one
  private int cachedPages; // free pages that carry a hash
  private int[] hits = new int[64]; // pages found for the request looked up last
  private int hitCount;
  private int freeHits; // hits that nobody holds
  private int hostHits; // further pages of the request that the host has
  private long loadedTokens;
  private int lookedUp = NOBODY;
  private int[] taken = new int[64]; // pages on their way to a row

  /** An allocator without a host tier. Page 0 is the null page. */
  public PrefixCachingAllocator(PageTable table, PageHashes hashes) {
    this(table, hashes, 0);
  }

  /** An allocator with so many pages in host memory. Page 0 is the null page. */
  public PrefixCachingAllocator(PageTable table, PageHashes hashes, int hostPages) {
    this.table = table;
    this.pool = table.pool();
    this.hashes = hashes;
    this.free = new FreeRing(pool.pages(), 1);
    this.index = new PageIndex(pool.pages());
    this.host = new HostTier(hostPages);
    this.request = new int[table.rows()];
    this.hashedPages = new int[table.rows()];
    this.change = new int[table.rows()];
    table.withhold(0);
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return (hitCount + hostHits) * pool.pageTokens();
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (lookedUp == itsRequest) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    hitCount = 0;
    freeHits = 0;
    hostHits = 0;
    int most = (knownTokens - 1) / pool.pageTokens();
    findOnDevice(itsRequest, most);
    while (hitCount + hostHits < most
        && host.contains(hashes.hash(itsRequest, hitCount + hostHits))) {
      hostHits++;
    }
  }

  private void findOnDevice(int itsRequest, int most) {
    while (hitCount < most) {
      int page = index.find(hashes.hash(itsRequest, hitCount));
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
    if (pagesToAdmit(itsRequest, knownTokens, tokens) > free.size()) {
      return false;
    }
    for (int i = 0; i < hitCount; i++) {
      if (table.holders(hits[i]) == 0) {
        free.remove(hits[i]);
        cachedPages--;
      }
      table.share(row, hits[i]);
    }
    request[row] = itsRequest;
    lookedUp = NOBODY;
    hashedPages[row] = hitCount;
    loadedTokens += (long) hostHits * pool.pageTokens();
    take(row, pool.pagesFor(tokens) - hitCount);
    hashFullPages(row, tokens);
    return true;
  }

  @Override
  public boolean grow(int row, int tokens) {
    if (tokens < change[row]) {
      return true;
    }
    int missing = pool.pagesFor(tokens) - table.pages(row);
    if (missing > free.size()) {
      return false;
    }
    take(row, missing);
    hashFullPages(row, tokens);
    return true;
  }

  /** A page gets its hash when it is full, and the next one is taken for the token after that. */
  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, change[row]);
  }

  @Override
  public boolean rowsGrowAlone() {
    return true;
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return Math.max(0, pool.pagesFor(tokens) - table.pages(row));
  }

  /** With a host tier pages are stored there in the order in which they fill up. */
  @Override
  public int pagesInTurn() {
    return host.exists() ? 0 : free.size();
  }

  @Override
  public void takeInTurn(int[] rows, int count, int pages, int[] taken, int[] cachedAfter) {
    lookedUp = NOBODY;
    free.take(taken, pages);
    for (int i = 0; i < pages && cachedPages > 0; i++) {
      loseHash(taken[i]);
      cachedAfter[i] = cachedPages;
    }
    table.appendInTurn(rows, count, taken, pages);
  }

  private void take(int row, int pages) {
    if (pages <= 0) {
      return;
    }
    if (pages > taken.length) {
      taken = new int[2 * pages];
    }
    for (int i = 0; i < pages; i++) {
      taken[i] = free.take();
      loseHash(taken[i]);
    }
    table.append(row, taken, pages);
    lookedUp = NOBODY;
  }

  /** Takes the hash of a free page away, if it has one. */
  private void loseHash(int page) {
    if (cachedPages > 0 && index.remove(page)) {
      cachedPages--;
    }
  }

  private void hashFullPages(int row, int tokens) {
    int full = tokens / pool.pageTokens();
    change[row] = Math.min((full + 1) * pool.pageTokens(), table.capacityTokens(row) + 1);
    int shared = Math.min(full, hashes.sharedPages(request[row]));
    for (int i = hashedPages[row]; i < shared; i++) {
      index.add(table.page(row, i), hashes.hash(request[row], i));
      lookedUp = NOBODY;
    }
    for (int i = Math.max(shared, hashedPages[row]); i < full; i++) {
      index.addUnlisted(table.page(row, i));
    }
    for (int i = hashedPages[row]; i < full && host.exists(); i++) {
      host.use(hashes.hash(request[row], i));
      lookedUp = NOBODY;
    }
    hashedPages[row] = Math.max(hashedPages[row], full);
  }

  /** The request may come back, so what only it has can be found from now on. */
  @Override
  public void release(int row) {
    int shared = hashes.sharedPages(request[row]);
    if (shared < hashedPages[row]) {
      hashes.hash(request[row], hashedPages[row] - 1); // all of them at once
    }
    for (int i = shared; i < hashedPages[row]; i++) {
      if (index.isUnlisted(table.page(row, i))) {
        index.add(table.page(row, i), hashes.hash(request[row], i));
      }
    }
    retire(row);
  }

  @Override
  public void retire(int row) {
    change[row] = 0;
    free.appendCut(table, table.cut(row, Math.min(hashedPages[row], table.pages(row))));
    int hashed = table.cut(row, 0);
    if (index.isEmpty()) {
      free.appendCut(table, hashed);
    }
    for (int i = 0; i < hashed && !index.isEmpty(); i++) {
      free.append(table.cut(i), !index.isUnlisted(table.cut(i)));
    }
    cachedPages += hashed;
    lookedUp = NOBODY;
  }

  /** Tokens loaded from host memory since the last call. */
  public long takeLoadedTokens() {
    long tokens = loadedTokens;
    loadedTokens = 0;
    return tokens;
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
    return table.capacityTokens(row);
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    return (pool.pages() - table.withheldPages()) * pool.pageTokens();
  }
}
