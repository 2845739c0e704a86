package kvlab.kv;

/**
 * The block manager of vLLM V0 ({@code vllm/core/block_manager.py}, {@code block/block_table.py},
 * {@code block/prefix_caching_block.py}), with prefix caching or without.
 *
 * <p>A sequence gets pages for all tokens it has when it is admitted, and the watermark stays free.
 * Growing wants a free page for every page that it writes to, the last one included even if it has
 * room. With prefix caching a full page carries the hash of the chain of tokens up to its end; there is
 * at most one page for a hash, and sequences that have it share it. It spares work only from the step
 * after the one that computes it. A page that nobody holds keeps its hash until there are no others
 * free; then {@link EvictionOrder} says which one goes. Pages without a hash are a stack.
 *
 * <p>Deviations, where prompts are split over steps: a page gets its hash when its tokens are computed
 * (V0 gives it at admission, so that others may use KV that is not there yet), and a page that fills up
 * while another one has its hash stays without.
 */
public final class VllmV0Allocator implements KvAllocator {
  private final PageTable table;
  private final Pool pool;
  private final int marginPages;
  private final boolean caching;
  private final PageHashes hashes;
  private final FreeStack plain; // free pages without a hash
  private final EvictionOrder kept; // free pages with a hash
  private final PageIndex index;
  private final boolean[] hittable; // [page] its tokens were computed in an earlier step
  private final int[] request; // [row]
  private final int[] slotTokens; // [row] tokens that have a slot
  private final int[] hittablePages; // [row] pages that were considered for hits
  private final long[] lastUse; // [row] step

  private VllmV0Allocator(PageTable table, double watermark, boolean caching, PageHashes hashes) {
    this.table = table;
    this.pool = table.pool();
    this.marginPages = (int) (watermark * pool.pages());
    this.caching = caching;
    this.hashes = hashes;
    this.plain = FreeStack.lowestFirst(pool);
    this.kept = new EvictionOrder(pool.pages());
    this.index = new PageIndex(pool.pages());
    this.hittable = new boolean[pool.pages()];
    this.request = new int[table.rows()];
    this.slotTokens = new int[table.rows()];
    this.hittablePages = new int[table.rows()];
    this.lastUse = new long[table.rows()];
  }

  /**
   * Every sequence has its own pages.
   *
   * @param watermark share of the pool that admission leaves free
   */
  public static VllmV0Allocator plain(PageTable table, double watermark) {
    return new VllmV0Allocator(
        table, watermark, false, new PageHashes(table.pool().pageTokens()));
  }

  /**
   * Full pages of equal prefixes are shared.
   *
   * @param watermark share of the pool that admission leaves free
   */
  public static VllmV0Allocator prefixCaching(
      PageTable table, double watermark, PageHashes hashes) {
    return new VllmV0Allocator(table, watermark, true, hashes);
  }

  /**
   * All full pages can hit, but the last token is always computed. V0 finds the first miss by bisection,
   * which goes wrong where a page was kept for longer than one before it; here they are tried in order.
   */
  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    int full = caching ? knownTokens / pool.pageTokens() : 0;
    int hits = 0;
    while (hits < full && isHittable(hashes.hash(itsRequest, hits))) {
      hits++;
    }
    return Math.min(hits * pool.pageTokens(), knownTokens - 1);
  }

  private boolean isHittable(long hash) {
    int page = index.find(hash);
    return page != PageTable.NO_PAGE && hittable[page];
  }

  /** Pages for the whole sequence: those that are in the pool already are not discounted. */
  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int tokens) {
    return pool.pagesFor(Math.max(knownTokens, tokens));
  }

  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int tokens, int claimTokens) {
    int pages = pagesToAdmit(itsRequest, knownTokens, tokens);
    if (freePages() - pages < marginPages) {
      return false;
    }
    int full = caching ? tokens / pool.pageTokens() : 0;
    for (int i = 0; i < full; i++) {
      appendHashed(row, hashes.hash(itsRequest, i));
    }
    for (int i = full; i < pages; i++) {
      table.append(row, take());
    }
    request[row] = itsRequest;
    slotTokens[row] = Math.max(knownTokens, tokens);
    hittablePages[row] = 0;
    return true;
  }

  private void appendHashed(int row, long hash) {
    int page = index.find(hash);
    if (page == PageTable.NO_PAGE) {
      page = take();
      index.add(page, hash);
    } else if (table.holders(page) == 0) {
      kept.remove(page);
    }
    table.share(row, page);
  }

  private int take() {
    if (plain.size() > 0) {
      return plain.take();
    }
    int page = kept.front();
    kept.remove(page);
    index.remove(page);
    hittable[page] = false;
    return page;
  }

  @Override
  public boolean grow(int row, int tokens) {
    if (touchedPages(row, tokens) > freePages()) {
      return false;
    }
    for (int pages = table.pages(row); pages < pool.pagesFor(tokens); pages++) {
      table.append(row, take());
    }
    slotTokens[row] = Math.max(slotTokens[row], tokens);
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return freePages() == 0 ? tokens : Math.max(tokens, table.capacityTokens(row) + 1);
  }

  /** One more than it takes, for the page with the next slot of this row or another. */
  @Override
  public int pagesToGrow(int row, int tokens) {
    return pool.pagesFor(tokens) - table.pages(row) + 1;
  }

  /** All that hold nothing, but the page that growth wants to be there even where it takes none. */
  @Override
  public int pagesInTurn() {
    return Math.max(0, Math.min(plain.size(), freePages() - 1));
  }

  @Override
  public void takeInTurn(int[] rows, int count, int pages, int[] taken, int[] cachedAfter) {
    for (int i = 0; i < pages; i++) {
      taken[i] = plain.take();
      cachedAfter[i] = kept.size();
    }
    table.appendInTurn(rows, count, taken, pages);
    for (int turn = 0; turn < count; turn++) { // whose last pages have a token
      int first = table.capacityTokens(rows[turn]) - pool.pageTokens() + 1;
      slotTokens[rows[turn]] = Math.max(slotTokens[rows[turn]], first);
    }
  }

  /** Pages that V0 takes to be written to: the one with the next slot, and those after it. */
  private int touchedPages(int row, int tokens) {
    int pageTokens = pool.pageTokens();
    int newTokens = Math.max(0, tokens - slotTokens[row]);
    int usedOfLast = slotTokens[row] % pageTokens;
    return pool.pagesFor(usedOfLast + newTokens);
  }

  @Override
  public void use(int row, int tokens, long step) {
    lastUse[row] = step;
    slotTokens[row] = Math.max(slotTokens[row], tokens);
    if (caching) {
      int full = tokens / pool.pageTokens();
      for (int i = hittablePages[row]; i < full; i++) {
        makeHittable(table.page(row, i), hashes.hash(request[row], i));
      }
      hittablePages[row] = full;
    }
  }

  private void makeHittable(int page, long hash) {
    if (!index.contains(page) && index.find(hash) == PageTable.NO_PAGE) {
      index.add(page, hash);
    }
    hittable[page] = index.contains(page);
  }

  /** Gives the pages back from the sequence's head to its tail. */
  @Override
  public void release(int row) {
    if (!caching) {
      for (int i = table.cut(row, 0) - 1; i >= 0; i--) {
        plain.give(table.cut(i));
      }
      return;
    }
    for (int i = 0; i < table.pages(row); i++) {
      int page = table.page(row, i);
      if (table.holders(page) == 1) {
        if (index.contains(page)) {
          kept.add(page, lastUse[row], i + 1);
        } else {
          plain.give(page);
        }
      }
    }
    table.clear(row);
  }

  @Override
  public int freePages() {
    return plain.size() + kept.size();
  }

  @Override
  public int cachedPages() {
    return kept.size();
  }

  @Override
  public boolean isCached(int page) {
    return kept.contains(page);
  }

  @Override
  public int marginPages() {
    return marginPages;
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  /**
   * One page less than the pool, or the watermark. V0 can serve a sequence that takes the last page too,
   * by preempting it after each token; a prompt that is split over steps would begin again for ever.
   */
  @Override
  public int largestSequenceTokens() {
    return Math.max(0, pool.pages() - Math.max(marginPages, 1)) * pool.pageTokens();
  }
}
