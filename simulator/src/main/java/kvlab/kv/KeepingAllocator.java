package kvlab.kv;

/**
 * The blocks of LMDeploy's TurboMind ({@code src/turbomind/models/llama/{SequenceManager,BlockManager,
 * BlockTrie}.cc}). Who is robbed of its pages remembers them: they can be taken by others for the rest of
 * the step, from the last page of the sequence to the first, and what is left when the next step begins is
 * its own again until somebody of a higher rank robs it once more.
 *
 * <pre>
 *   empty    nobody uses it and it holds nothing
 *   unused   was robbed in this step, or with prefix caching left behind; the least recently touched goes
 *            first, once no empty page is left
 *   locked   kept for waiting requests: {@link #lockKept} at the start of a step, until it is robbed
 *   held     in the row of a running sequence
 * </pre>
 *
 * <p>Unused and locked pages are in no row, so they count as free here. Which of them a request may take is
 * the scheduler's matter: {@link #takeablePages} now, and what {@link #loss} says of those below it.
 *
 * <p>With prefix caching, finished sequences leave their pages behind, unused, and the full pages of
 * prompts under way and of finished sequences can be found by their tokens; the page cached last stands
 * for those tokens. A waiting request keeps what it finds.
 *
 * <p>Deviations: a request that has pages in a row looks for no others, where TurboMind does until its
 * prompt is computed; a page that outlives the one before it is found again once that one is back.
 */
public final class KeepingAllocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final PageHashes hashes;
  private final boolean caches;
  private final FreeQueue empty;
  private final RecencyHeap unused;
  private final PageIndex found; // by tokens
  private final KeptPages kept;
  private final int[]
      locks; // [page] waiting requests that keep it and were not robbed in this step
  private final boolean[] countsAsCached; // [page]
  private final int[] lost; // [page] users that it would lose, in the count under way
  private final long[] lostIn; // [page] count in which it was last seen
  private final int[] request; // [row]
  private final int[] tokens; // [row] whose KV is in the row's pages once they are computed
  private final int[] indexedPages; // [row] leading pages that can be found
  private int lockedPages; // in no row
  private int cachedPages;
  private long touches;
  private long count;
  private long indexChanges;

  private KeepingAllocator(PageTable table, PageHashes hashes, boolean caches) {
    int pages = table.pool().pages();
    this.table = table;
    this.pool = table.pool();
    this.hashes = hashes;
    this.caches = caches;
    this.empty = new FreeQueue(pool, 0);
    this.unused = new RecencyHeap(pages);
    this.found = new PageIndex(pages);
    this.kept = new KeptPages(pool);
    this.locks = new int[pages];
    this.countsAsCached = new boolean[pages];
    this.lost = new int[pages];
    this.lostIn = new long[pages];
    this.request = new int[table.rows()];
    this.tokens = new int[table.rows()];
    this.indexedPages = new int[table.rows()];
  }

  /** Without prefix caching, as TurboMind is by default: finished sequences leave nothing. */
  public static KeepingAllocator plain(PageTable table) {
    return new KeepingAllocator(table, new PageHashes(table.pool().pageTokens()), false);
  }

  /** With {@code enable_prefix_caching}. */
  public static KeepingAllocator prefixCaching(PageTable table, PageHashes hashes) {
    return new KeepingAllocator(table, hashes, true);
  }

  /** A step begins: what was robbed in the last one and is still there is its requests' own again. */
  public void lockKept() {
    while (kept.robbedRequests() > 0) {
      int itsRequest = kept.removeRobbed();
      int valid = kept.validPages(itsRequest);
      forgetKept(itsRequest, valid);
      for (int i = 0; i < valid; i++) {
        lock(kept.page(itsRequest, i));
      }
    }
  }

  private void lock(int page) {
    if (unused.contains(page)) {
      unused.remove(page);
    }
    lockedPages += table.holders(page) == 0 && locks[page] == 0 ? 1 : 0;
    locks[page]++;
  }

  private void unlock(int page) {
    if (--locks[page] == 0 && table.holders(page) == 0) {
      lockedPages--;
      unused.add(page);
    }
  }

  /** Pages that wait for the request's return. */
  public int keptPages(int itsRequest) {
    return kept.pages(itsRequest);
  }

  /** Pages that anybody may take. */
  public int takeablePages() {
    return empty.size() + unused.size();
  }

  /** Starts to count what robbing some sequences, one after the other, would make takeable. */
  public void countLosses() {
    count++;
  }

  /** Pages that would be takeable if the request were robbed too; its row, or a negative number. */
  public int loss(int itsRequest, int row) {
    int pages = row < 0 ? kept.pages(itsRequest) : table.pages(row);
    int lostForGood = 0;
    for (int i = 0; i < pages; i++) {
      int page = row < 0 ? kept.page(itsRequest, i) : table.page(row, i);
      lost[page] = lostIn[page] == count ? lost[page] + 1 : 1;
      lostIn[page] = count;
      lostForGood += lost[page] == table.holders(page) + locks[page] ? 1 : 0;
    }
    return lostForGood;
  }

  /** Takes the pages from a running sequence that has computed so many tokens; it remembers them. */
  public void rob(int row, int computedTokens) {
    int itsRequest = request[row];
    for (int i = 0; i < table.pages(row); i++) {
      kept.keep(itsRequest, table.page(row, i));
    }
    kept.hold(itsRequest, computedTokens);
    kept.addRobbed(itsRequest);
    while (table.pages(row) > 0) {
      touch(table.removeLast(row));
    }
    tokens[row] = 0;
  }

  /** Takes the pages from a waiting request that keeps some; it still remembers them. */
  public void robKept(int itsRequest) {
    for (int i = kept.pages(itsRequest) - 1; i >= 0; i--) {
      int page = kept.page(itsRequest, i);
      unused.stamp(page, ++touches);
      unlock(page);
    }
    kept.addRobbed(itsRequest);
  }

  /** Notes that a page was used just now by a sequence that has let go of it. */
  private void touch(int page) {
    unused.stamp(page, ++touches);
    if (table.holders(page) == 0) {
      if (locks[page] == 0) {
        unused.add(page);
      } else {
        lockedPages++;
      }
    }
    recount(page);
  }

  /** Whether the page counts as cached: in no row, and somebody would find what it holds. */
  private void recount(int page) {
    boolean now = table.holders(page) == 0 && (kept.isKept(page) || found.contains(page));
    if (now != countsAsCached[page]) {
      countsAsCached[page] = now;
      cachedPages += now ? 1 : -1;
    }
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    return kept.tokens(itsRequest);
  }

  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int itsTokens) {
    return pool.pagesFor(itsTokens) - kept.pages(itsRequest);
  }

  /** Gives the request what it kept and the rest from what anybody may take. */
  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int itsTokens, int claimTokens) {
    int missing = pagesToAdmit(itsRequest, knownTokens, itsTokens);
    if (missing > takeablePages()) {
      return false;
    }
    int pages = kept.pages(itsRequest);
    for (int i = 0; i < pages; i++) {
      int page = kept.page(itsRequest, i);
      lockedPages -= table.holders(page) == 0 ? 1 : 0;
      locks[page]--;
      table.share(row, page);
    }
    forgetKept(itsRequest, 0);
    kept.leave(itsRequest);
    request[row] = itsRequest;
    tokens[row] = itsTokens;
    indexedPages[row] = 0;
    take(row, missing);
    return true;
  }

  /** The request remembers so many of its pages and no more. */
  private void forgetKept(int itsRequest, int pages) {
    while (kept.pages(itsRequest) > pages) {
      recount(kept.forgetLast(itsRequest));
    }
  }

  @Override
  public boolean grow(int row, int itsTokens) {
    int missing = pool.pagesFor(itsTokens) - table.pages(row);
    if (missing > takeablePages()) {
      return false;
    }
    take(row, missing);
    tokens[row] = Math.max(tokens[row], itsTokens);
    return true;
  }

  @Override
  public int nextGrowth(int row, int itsTokens) {
    return Math.max(itsTokens, table.capacityTokens(row) + 1);
  }

  @Override
  public int pagesToGrow(int row, int itsTokens) {
    return pool.pagesFor(itsTokens) - table.pages(row) + lockedPages; // those are not for taking
  }

  @Override
  public int pagesInTurn() {
    return empty.size();
  }

  @Override
  public void use(int row, int itsTokens, long step) {
    tokens[row] = Math.max(tokens[row], itsTokens);
  }

  private void take(int row, int pages) {
    for (int i = 0; i < pages; i++) {
      table.append(row, empty.size() > 0 ? empty.take() : evict());
    }
  }

  private int evict() {
    int page = unused.least();
    unused.remove(page);
    kept.giveAway(page);
    if (found.contains(page)) {
      found.remove(page);
      indexChanges++;
    }
    recount(page);
    return page;
  }

  /** Lets other requests find the row's full pages of its first tokens, which have been computed. */
  public void cache(int row, int computedTokens) {
    int full = caches ? computedTokens / pool.pageTokens() : 0;
    for (int i = indexedPages[row]; i < full; i++) {
      int page = table.page(row, i);
      long hash = hashes.hash(request[row], i);
      int before = found.find(hash);
      if (before != page) {
        if (before != PageTable.NO_PAGE) {
          found.remove(before);
          recount(before);
        }
        found.add(page, hash);
        indexChanges++;
      }
    }
    indexedPages[row] = Math.max(indexedPages[row], full);
  }

  /** Whether {@link #cache} of so many tokens would change nothing. */
  public boolean isCached(int row, int computedTokens) {
    return !caches || indexedPages[row] >= computedTokens / pool.pageTokens();
  }

  /** Has a waiting request that has generated nothing keep the prefix that it finds, all but a token. */
  public void match(int itsRequest, int knownTokens) {
    if (!caches || !kept.changedSince(itsRequest, indexChanges)) {
      return;
    }
    for (int i = 0; i < kept.pages(itsRequest); i++) {
      unlock(kept.page(itsRequest, i));
    }
    forgetKept(itsRequest, 0);
    int most = (knownTokens - 1) / pool.pageTokens();
    for (int i = 0; i < most; i++) {
      int page = found.find(hashes.hash(itsRequest, i));
      if (page == PageTable.NO_PAGE) {
        break;
      }
      kept.keep(itsRequest, page);
      lock(page);
    }
    kept.hold(itsRequest, kept.pages(itsRequest) * pool.pageTokens());
    kept.looked(itsRequest, indexChanges);
  }

  @Override
  public void release(int row) {
    cache(row, tokens[row]);
    while (table.pages(row) > 0) {
      int page = table.removeLast(row);
      if (caches) {
        touch(page);
      } else {
        empty.give(page);
      }
    }
    tokens[row] = 0;
  }

  @Override
  public int freePages() {
    return takeablePages() + lockedPages;
  }

  @Override
  public int cachedPages() {
    return cachedPages;
  }

  @Override
  public boolean isCached(int page) {
    return countsAsCached[page];
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
    return pool.slots();
  }
}
