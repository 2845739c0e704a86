package kvlab.kv;

import java.util.Arrays;
import java.util.Optional;

/**
 * The block manager of HF Transformers' continuous batching ({@code
 * src/transformers/generation/continuous_batching/{cache,cache_manager,scheduler}.py}): single pages on
 * demand, up to one more than needed, {@code missing + 1} tokens divided by the page and rounded down and
 * one page on top ({@code _allocate_blocks_if_needed}).
 *
 * <pre>
 *   pages of 256, none held:   254 tokens -> 1   255 tokens -> 2   256 tokens -> 2   511 tokens -> 3
 * </pre>
 *
 * <p>Where blocks are shared, a page that has been computed to its end carries the hash of the chain of
 * tokens up to there; if another page carries it already, the row gets that one and its own becomes empty
 * ({@code mark_shareable_blocks_as_complete}). A new request takes the longest chain of pages that carry its
 * hashes, its last page included, though it computes at least one token ({@code search_prefix_match}).
 * Pages with a hash that nobody holds are kept. Empty ones are handed out first, first in first out; when
 * they are too few, the kept page that was let go last loses its hash first ({@code dict.popitem}), so
 * what has lain longest stays longest.
 */
public final class SparePageAllocator implements KvAllocator {
  private static final int NOBODY = -1;

  private final PageTable table;
  private final Pool pool;
  private final Optional<PageHashes> hashes;
  private final FreePages empty;
  private final FreeChain kept; // with a hash, held by nobody; the last let go at its back
  private final PageIndex index;
  private final int marginPages;
  private final int[] request; // [row]
  private final int[] hashedPages; // [row] leading pages that carry a hash
  private int[] hits = new int[64]; // pages found for the request looked up last
  private int hitCount;
  private int keptHits; // hits that nobody holds
  private int lookedUp = NOBODY;
  private int lookedUpTokens;

  /**
   * An allocator over an empty pool.
   *
   * @param safetyMargin share of the pool under which new prompts are suspended
   * @param hashes what requests hold, where they share
   */
  public SparePageAllocator(PageTable table, double safetyMargin, Optional<PageHashes> hashes) {
    this.table = table;
    this.pool = table.pool();
    this.hashes = hashes;
    this.empty = new FreeQueue(pool, 0);
    this.kept = new FreeChain(pool.pages(), pool.pages());
    this.index = new PageIndex(hashes.isPresent() ? pool.pages() : 0);
    this.marginPages = (int) Math.ceil(safetyMargin * pool.pages());
    this.request = new int[table.rows()];
    this.hashedPages = new int[table.rows()];
  }

  /** A request whose prompt is there whole computes its last token again. */
  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return Math.min(hitCount * pool.pageTokens(), knownTokens - 1);
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (hashes.isEmpty() || (lookedUp == itsRequest && lookedUpTokens == knownTokens)) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    lookedUpTokens = knownTokens;
    hitCount = 0;
    keptHits = 0;
    int most = knownTokens / pool.pageTokens();
    while (hitCount < most) {
      int page = index.find(hashes.get().hash(itsRequest, hitCount));
      if (page == PageTable.NO_PAGE) {
        return;
      }
      if (hitCount == hits.length) {
        hits = Arrays.copyOf(hits, hitCount * 2);
      }
      hits[hitCount++] = page;
      keptHits += table.holders(page) == 0 ? 1 : 0;
    }
  }

  @Override
  public boolean admit(int row, int itsRequest, int knownTokens, int tokens, int claimTokens) {
    if (pagesToAdmit(itsRequest, knownTokens, tokens) > freePages()) {
      return false;
    }
    for (int i = 0; i < hitCount; i++) {
      if (table.holders(hits[i]) == 0) {
        kept.remove(hits[i]);
      }
      table.share(row, hits[i]);
    }
    request[row] = itsRequest;
    hashedPages[row] = hitCount;
    lookedUp = NOBODY;
    return grow(row, tokens);
  }

  @Override
  public int pagesToAdmit(int itsRequest, int knownTokens, int tokens) {
    lookUp(itsRequest, knownTokens);
    return keptHits + pagesFor(tokens - hitCount * pool.pageTokens());
  }

  private int pagesFor(int missingTokens) {
    return missingTokens <= 0 ? 0 : (missingTokens + 1) / pool.pageTokens() + 1;
  }

  @Override
  public boolean grow(int row, int tokens) {
    int pages = pagesFor(tokens - table.capacityTokens(row));
    if (pages > freePages()) {
      return false;
    }
    while (empty.size() < pages) {
      forgetLastKept();
    }
    for (int i = 0; i < pages; i++) {
      table.append(row, empty.take());
    }
    return true;
  }

  private void forgetLastKept() {
    int page = kept.back();
    kept.remove(page);
    index.remove(page);
    empty.give(page);
    lookedUp = NOBODY;
  }

  /** Whether requests share full pages. */
  public boolean sharesPages() {
    return hashes.isPresent();
  }

  /** The row's tokens up to so many have been computed, so other requests may share their full pages. */
  public void complete(int row, int tokens) {
    if (hashes.isEmpty()) {
      return;
    }
    int full = tokens / pool.pageTokens();
    for (int i = hashedPages[row]; i < full; i++) {
      long hash = hashes.get().hash(request[row], i);
      int page = index.find(hash);
      if (page == PageTable.NO_PAGE) {
        index.add(table.page(row, i), hash);
      } else {
        if (table.holders(page) == 0) {
          kept.remove(page);
        }
        empty.give(table.exchange(row, i, page));
      }
      lookedUp = NOBODY;
    }
    hashedPages[row] = Math.max(hashedPages[row], full);
  }

  /** Whether {@link #complete} of so many tokens would change nothing. */
  public boolean isComplete(int row, int tokens) {
    return hashes.isEmpty() || hashedPages[row] >= tokens / pool.pageTokens();
  }

  /** All but what the step itself computes, which is shared from the next on. */
  @Override
  public void use(int row, int tokens, long step) {
    complete(row, tokens - 1);
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, table.capacityTokens(row) + 1);
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return pagesFor(Math.max(0, tokens - table.capacityTokens(row)));
  }

  /** Those that hold nothing, where one page is what a single token takes. */
  @Override
  public int pagesInTurn() {
    return pagesFor(1) == 1 ? empty.size() : 0;
  }

  /** Lets go of the row's pages from its head to its tail. */
  @Override
  public void release(int row) {
    int pages = table.pages(row);
    for (int i = 0; i < pages; i++) {
      int page = table.page(row, i);
      if (table.holders(page) > 1) {
        continue;
      }
      if (i < hashedPages[row]) {
        kept.append(page);
      } else {
        empty.give(page);
      }
    }
    table.clear(row);
    hashedPages[row] = 0;
    lookedUp = NOBODY;
  }

  @Override
  public int freePages() {
    return empty.size() + kept.size();
  }

  @Override
  public int cachedPages() {
    return kept.size();
  }

  @Override
  public boolean isCached(int page) {
    return hashes.isPresent() && index.contains(page);
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

  /** However a sequence got there, {@code (tokens + 1) / page + 1} pages hold it. */
  @Override
  public int largestSequenceTokens() {
    return Math.max(0, pool.slots() - 2);
  }
}
