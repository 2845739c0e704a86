package kvlab.kv;

import java.util.Arrays;

/**
 * Physical memory mapped on demand behind virtually contiguous sequences: vAttention (Prabhu et al.,
 * ASPLOS 2025; {@code vattention/vattention.cu}, {@code utils.h}). A page of the pool is one quantum: a
 * physical page in each tensor that holds KV. Virtual ranges have ids, one for each sequence that can run;
 * a range keeps its pages when its sequence is gone, or has fewer tokens, until somebody needs them:
 *
 * <pre>
 *   range of id 3   | page 17 | page 4 | page 9 | page 30 |   (nothing mapped)
 *                   |<-- row of the table -->|<- spare -->|
 * </pre>
 *
 * Only pages that tokens need are in the row. Spare pages hold nothing of use and are given up at any
 * time, so they count as free here, as in {@code num_free_kvblocks}. A new sequence takes an id without
 * one; pages are taken from the id's own spare ones, then from those mapped nowhere, for which spare pages
 * of the highest ids are unmapped if need be. What is mapped and unmapped on the way is counted in {@link
 * #takeMappedPages} and {@link #takeUnmappedPages}, since the step waits for it.
 *
 * <p>Deviation: pages for a step are taken sequence by sequence, so spare pages that a later one is about
 * to use may be unmapped for an earlier one; vAttention looks at all lengths of the step first.
 */
public final class VmmAllocator implements KvAllocator {
  private static final int NONE = -1;
  private static final int MOST_MAPPED_AHEAD = 2; // EAGER_NUM_KVBLOCKS: pages in one step

  private final PageTable table;
  private final Pool pool;
  private final FreeStack unmapped;
  private final int marginPages;
  private final int longestSequencePages;
  private final int[] id; // [row] or NONE
  private final int[] row; // [id] or NONE
  private final int[] tokens; // [id] 0 without a sequence
  private final int[] mapped; // [id] pages
  private final int[] first; // [id] page at the start of the range
  private final int[] last; // [id] page at the end of what is mapped
  private final int[] after; // [page] the next one of its range
  private final int[] before; // [page]
  private int ahead; // tokens that mapping looks ahead
  private int usedIds; // ids from here on have no sequence
  private int sparePages;
  private int mappedNow;
  private int unmappedNow;

  /**
   * An allocator with a range for each row of the table.
   *
   * @param watermark share of the pool that admission leaves free
   * @param maxModelTokens the length of a range
   */
  public VmmAllocator(PageTable table, double watermark, int maxModelTokens) {
    this.table = table;
    this.pool = table.pool();
    this.unmapped = new FreeStack(pool);
    this.marginPages = (int) (watermark * pool.pages());
    this.longestSequencePages = pool.pagesFor(maxModelTokens);
    int ranges = table.rows();
    this.id = new int[ranges];
    this.row = new int[ranges];
    this.tokens = new int[ranges];
    this.mapped = new int[ranges];
    this.first = new int[ranges];
    this.last = new int[ranges];
    this.after = new int[pool.pages()];
    this.before = new int[pool.pages()];
    Arrays.fill(id, NONE);
    Arrays.fill(row, NONE);
    Arrays.fill(first, NONE);
    Arrays.fill(last, NONE);
  }

  @Override
  public boolean admit(int itsRow, int request, int knownTokens, int itsTokens, int claimTokens) {
    int pages = pool.pagesFor(itsTokens);
    if (freePages() - pages < marginPages) {
      return false;
    }
    int range = idFor(pages);
    id[itsRow] = range;
    row[range] = itsRow;
    usedIds = Math.max(usedIds, range + 1);
    tokens[range] = itsTokens;
    take(itsRow, pages);
    return true;
  }

  /**
   * The lowest id without a sequence, or rather the one that has the fewest pages of those that have
   * enough, if that is fewer than the lowest id has ({@code alloc_new_batch_idx}, which calls it best fit).
   */
  private int idFor(int pages) {
    int best = NONE;
    for (int range = 0; range < row.length; range++) {
      if (row[range] == NONE
          && (best == NONE || (mapped[range] >= pages && mapped[range] < mapped[best]))) {
        best = range;
      }
    }
    return best;
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int itsTokens) {
    return pool.pagesFor(itsTokens);
  }

  @Override
  public boolean grow(int itsRow, int itsTokens) {
    int missing = pool.pagesFor(itsTokens) - table.pages(itsRow);
    if (missing > freePages()) {
      return false;
    }
    int range = id[itsRow];
    tokens[range] = Math.max(tokens[range], itsTokens);
    take(itsRow, missing);
    return true;
  }

  /** Pages are mapped ahead when a range will lack one soon, and only then: see {@link #mapAhead}. */
  @Override
  public int nextGrowth(int itsRow, int itsTokens) {
    int range = id[itsRow];
    int mappedTokens = mapped[range] * pool.pageTokens();
    int aheadFrom =
        mapped[range] == longestSequencePages ? Integer.MAX_VALUE : mappedTokens - ahead;
    return Math.max(itsTokens, Math.min(table.capacityTokens(itsRow), aheadFrom) + 1);
  }

  /** While nothing has to be unmapped, which changes what others will lack. */
  @Override
  public int pagesToGrow(int itsRow, int itsTokens) {
    return unmapped.size() > 2 * usedIds + MOST_MAPPED_AHEAD
        ? Math.max(0, pool.pagesFor(itsTokens) - table.pages(itsRow))
        : UNFORESEEN;
  }

  private void take(int itsRow, int pages) {
    int range = id[itsRow];
    int held = table.pages(itsRow);
    int page = held == 0 ? first[range] : after[table.page(itsRow, held - 1)];
    for (int missing = pages; missing > 0; missing--) {
      if (mapped[range] == table.pages(itsRow)) {
        reclaim(missing);
        page = map(range);
        mappedNow++;
      } else {
        sparePages--;
      }
      table.append(itsRow, page);
      page = after[page];
    }
  }

  /** Unmaps what the highest ids have to spare, range by range, until so many pages are mapped nowhere. */
  private void reclaim(int pages) {
    for (int range = row.length - 1; range >= 0 && unmapped.size() < pages; range--) {
      int needed = row[range] == NONE ? 0 : table.pages(row[range]);
      while (mapped[range] > needed) {
        unmapLast(range);
      }
    }
  }

  /** Maps a page behind the others of the range, and returns it. */
  private int map(int range) {
    int page = unmapped.take();
    before[page] = last[range];
    after[page] = NONE;
    if (last[range] == NONE) {
      first[range] = page;
    } else {
      after[last[range]] = page;
    }
    last[range] = page;
    mapped[range]++;
    return page;
  }

  private void unmapLast(int range) {
    int page = last[range];
    last[range] = before[page];
    if (last[range] == NONE) {
      first[range] = NONE;
    } else {
      after[last[range]] = NONE;
    }
    mapped[range]--;
    sparePages--;
    unmapped.give(page);
    unmappedNow++;
  }

  /** The pages stay mapped: all of them are spare now. */
  @Override
  public void release(int itsRow) {
    int range = id[itsRow];
    sparePages += table.pages(itsRow);
    table.clear(itsRow);
    row[range] = NONE;
    tokens[range] = 0;
    id[itsRow] = NONE;
    while (usedIds > 0 && row[usedIds - 1] == NONE) {
      usedIds--;
    }
  }

  /**
   * What the background thread does while a step computes ({@code do_kvcache_memory_management}): makes
   * sure of pages for every sequence's next token, then maps pages for the tokens up to so many steps
   * ahead until there were two of them. Pages come from those mapped nowhere; only for the very next
   * token are spare ones unmapped. The step does not wait for any of it.
   */
  public void mapAhead(int steps) {
    ahead = Math.max(1, steps - 1);
    int needed = 0;
    int firstStep = steps; // in which a range lacks a page
    for (int range = 0; range < usedIds; range++) {
      int mappedTokens = mapped[range] * pool.pageTokens();
      if (row[range] != NONE && tokens[range] + firstStep > mappedTokens) {
        needed += missingAfter(range, 1);
        firstStep = Math.min(firstStep, Math.max(1, mappedTokens - tokens[range] + 1));
      }
    }
    int unmappedBefore = unmappedNow;
    if (unmapped.size() < needed) {
      reclaim(needed);
      unmappedNow = unmappedBefore;
    }
    if (unmapped.size() < needed) {
      return;
    }
    int tried = 0;
    for (int step = firstStep; step < steps; step++) {
      for (int range = 0; range < usedIds; range++) {
        int missing = missingAfter(range, step);
        mapSpare(range, missing);
        tried += missing;
        if (step > 1 && tried >= MOST_MAPPED_AHEAD) {
          return;
        }
      }
    }
  }

  /** Pages that the range lacks for its sequence to be so many tokens longer. */
  private int missingAfter(int range, int moreTokens) {
    if (row[range] == NONE) {
      return 0;
    }
    int pages = Math.min(pool.pagesFor(tokens[range] + moreTokens), longestSequencePages);
    return Math.max(0, pages - mapped[range]);
  }

  private void mapSpare(int range, int pages) {
    if (unmapped.size() < pages) {
      return;
    }
    for (int i = 0; i < pages; i++) {
      map(range);
      sparePages++;
    }
  }

  /** Pages that a step has waited to be mapped, since the last call. */
  public int takeMappedPages() {
    int pages = mappedNow;
    mappedNow = 0;
    return pages;
  }

  /** Pages that a step has waited to be unmapped, since the last call. */
  public int takeUnmappedPages() {
    int pages = unmappedNow;
    unmappedNow = 0;
    return pages;
  }

  /** Pages mapped in the range of the id. */
  int mappedPages(int itsId) {
    return mapped[itsId];
  }

  /** The id whose range the row's sequence is in. */
  int idOf(int itsRow) {
    return id[itsRow];
  }

  @Override
  public int freePages() {
    return unmapped.size() + sparePages;
  }

  @Override
  public int marginPages() {
    return marginPages;
  }

  @Override
  public int askedTokens(int itsRow) {
    return table.capacityTokens(itsRow);
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    return (pool.pages() - marginPages) * pool.pageTokens();
  }
}
