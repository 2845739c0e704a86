package kvlab.kv;

import java.util.Arrays;

/**
 * The block manager of TensorRT-LLM with block reuse ({@code
 * cpp/tensorrt_llm/batch_manager/kvCacheManager.cpp} (b35ac1b) and {@code evictionPolicy.cpp} (05a9191)).
 * Pages form a tree by their tokens: the full ones join it once their tokens have been computed, the last
 * one of a sequence, full or not, when the sequence ends; unless the tree has the same tokens already. They
 * stay when nobody holds them any more. A request shares the longest chain from the root that holds its
 * tokens, all but the last.
 *
 * <p>Partial reuse: of the pages that continue that chain, the one that shares most tokens with the
 * request serves it too. When nobody holds it and nothing continues it, it leaves the tree and becomes the
 * request's own; else the shared tokens are copied into a new page. Without {@code
 * enable_partial_reuse} only a page that holds just the tokens wanted serves; without {@code
 * copy_on_partial_reuse} none that would have to be copied. What is shared inside a page is known as far
 * as {@link PageHashes} tell.
 *
 * <p>Free pages are taken by their retention priority, the lowest first, and among equals in the order in
 * which they became free, the tail of a sequence before its head. A page that is taken leaves the tree with
 * all that continues it.
 *
 * <p>A sequence takes the pages of all its tokens on admission, and {@link #grow} says how far a step
 * computes; what an earlier call said is then there.
 *
 * <p>Deviations: one priority for prompts and one for what is generated, without the time after which a
 * page falls back to the default; no host pool. Of several pages that share as many tokens TensorRT-LLM takes
 * any, by the order of a hash map. The prompt of a chunked context joins the tree chunk by chunk and not
 * at its end.
 */
public final class PrefixTreeAllocator implements KvAllocator {
  private static final int NOBODY = -1;
  private static final int PRIORITY_SHIFT =
      56; // priorities are up to 100; fewer than 2^56 releases

  /**
   * What is reused, and what is kept longer.
   *
   * @param partial {@code enable_partial_reuse}
   * @param copies {@code copy_on_partial_reuse}
   * @param promptPriority retention priority of a prompt's pages, 0 to 100
   * @param decodePriority retention priority of the pages begun while generating
   */
  public record Settings(boolean partial, boolean copies, int promptPriority, int decodePriority) {}

  private final PageTable table;
  private final Pool pool;
  private final Settings settings;
  private final ReuseTree tree;
  private final RecencyHeap free; // by priority and time
  private final int[] priority; // [page]
  private final int[] request; // [row]
  private final int[] storedPages; // [row] leading pages that are in the tree, these or equal ones
  private final int[] scheduledTokens; // [row] computed by the next call
  private long releases;
  private long copiedTokens; // since they were last asked for
  private int[] hits = new int[64]; // pages found for the request looked up last
  private int hitCount;
  private int freeHits; // hits that nobody holds
  private int part; // the page found of which a part is shared, or NO_PAGE
  private int partTokens;
  private int lookedUp = NOBODY;
  private int lookedUpTokens;

  /** A tree over an empty pool; the hashes tell tokens apart. */
  public PrefixTreeAllocator(PageTable table, PageHashes hashes, Settings settings) {
    this.table = table;
    this.pool = table.pool();
    this.settings = settings;
    int pages = pool.pages();
    this.tree = new ReuseTree(table, hashes);
    this.free = new RecencyHeap(pages);
    this.priority = new int[pages];
    this.request = new int[table.rows()];
    this.storedPages = new int[table.rows()];
    this.scheduledTokens = new int[table.rows()];
    for (int page = 0; page < pages; page++) {
      free.stamp(page, ++releases);
      free.add(page);
    }
  }

  @Override
  public int cachedTokens(int itsRequest, int knownTokens) {
    lookUp(itsRequest, knownTokens);
    return hitCount * pool.pageTokens() + partTokens;
  }

  private void lookUp(int itsRequest, int knownTokens) {
    if (lookedUp == itsRequest && lookedUpTokens == knownTokens) {
      return; // nothing has changed since
    }
    lookedUp = itsRequest;
    lookedUpTokens = knownTokens;
    hitCount = 0;
    freeHits = 0;
    int most = (knownTokens - 1) / pool.pageTokens();
    int page = hitCount < most ? tree.find(itsRequest, hitCount) : PageTable.NO_PAGE;
    while (page != PageTable.NO_PAGE) {
      if (hitCount == hits.length) {
        hits = Arrays.copyOf(hits, hitCount * 2);
      }
      hits[hitCount++] = page;
      freeHits += table.holders(page) == 0 ? 1 : 0;
      page = hitCount < most ? tree.find(itsRequest, hitCount) : PageTable.NO_PAGE;
    }
    lookUpPart(itsRequest, knownTokens - 1 - hitCount * pool.pageTokens());
  }

  private void lookUpPart(int itsRequest, int tokensLeft) {
    part = PageTable.NO_PAGE;
    partTokens = 0;
    if (tokensLeft > 0) {
      int wanted = Math.min(tokensLeft, pool.pageTokens());
      part = tree.findPart(itsRequest, hitCount, wanted, settings.partial(), settings.copies());
      partTokens = tree.partTokens();
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
        tree.lock(hits[i]);
      }
      table.share(row, hits[i]);
      priority[hits[i]] = settings.promptPriority();
    }
    request[row] = itsRequest;
    storedPages[row] = hitCount;
    scheduledTokens[row] = hitCount * pool.pageTokens() + partTokens;
    if (part != PageTable.NO_PAGE) {
      takePart(row);
    }
    take(row, pool.pagesFor(tokens) - table.pages(row), settings.promptPriority());
    lookedUp = NOBODY;
    return true;
  }

  private void takePart(int row) {
    if (tree.isPrivate(part)) {
      free.remove(part);
      tree.remove(part);
      table.append(row, part);
      priority[part] = settings.promptPriority();
      return;
    }
    take(row, 1, priority[part]);
    copiedTokens += table.page(row, hitCount) == part ? 0 : partTokens;
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = pool.pagesFor(tokens) - table.pages(row);
    if (missing > free.size()) {
      return false;
    }
    store(row);
    scheduledTokens[row] = Math.max(scheduledTokens[row], tokens);
    take(row, missing, settings.decodePriority());
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

  private void take(int row, int pages, int itsPriority) {
    for (int i = 0; i < pages; i++) {
      int page = free.least();
      free.remove(page);
      if (tree.contains(page)) {
        tree.remove(page);
      }
      table.append(row, page);
      priority[page] = itsPriority;
      lookedUp = NOBODY;
    }
  }

  /** Tokens copied from one page to another since the last call. */
  public long takeCopiedTokens() {
    long copied = copiedTokens;
    copiedTokens = 0;
    return copied;
  }

  /** Puts the row's full pages whose tokens have been computed into the tree; the last node. */
  private int store(int row) {
    int full = scheduledTokens[row] / pool.pageTokens();
    int first = Math.min(full, storedPages[row]);
    int before = first == 0 ? PageTable.NO_PAGE : tree.find(request[row], first - 1);
    while (first > 0 && before == PageTable.NO_PAGE) {
      first--; // an equal page was there in its place and has been taken since
      before = first == 0 ? PageTable.NO_PAGE : tree.find(request[row], first - 1);
    }
    for (int i = first; i < full; i++) {
      int node = tree.find(request[row], i);
      if (node == PageTable.NO_PAGE) {
        node = table.page(row, i);
        tree.add(node, request[row], i, pool.pageTokens(), before);
      }
      before = node;
      lookedUp = NOBODY;
    }
    storedPages[row] = full;
    return before;
  }

  /** Puts the row's last page into the tree too, when it is not full. */
  private void storeLast(int row, int before) {
    int full = storedPages[row];
    int tokens = scheduledTokens[row] - full * pool.pageTokens();
    if (tokens > 0 && tree.findPart(request[row], full, tokens, false, true) == PageTable.NO_PAGE) {
      tree.add(table.page(row, full), request[row], full, tokens, before);
    }
  }

  @Override
  public void release(int row) {
    storeLast(row, store(row));
    while (table.pages(row) > 0) {
      int page = table.removeLast(row);
      if (table.holders(page) == 0) {
        free.stamp(page, ((long) priority[page] << PRIORITY_SHIFT) + ++releases);
        free.add(page);
        if (tree.contains(page)) {
          tree.unlock(page);
        }
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
    return pool.slots();
  }
}
