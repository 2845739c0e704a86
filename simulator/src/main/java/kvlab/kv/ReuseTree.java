package kvlab.kv;

import java.util.Arrays;

/**
 * The tree of blocks that TensorRT-LLM can reuse ({@code KVCacheBlock::mNextBlocks}, {@code storeBlocks},
 * {@code findMatchingBlock} and {@code freeChildren} of {@code
 * cpp/tensorrt_llm/batch_manager/kvCacheManager.cpp}). A page continues the page before it with the tokens
 * that it holds, which are a page full or, at the end of a sequence, fewer. A page that leaves the tree takes
 * all that continues it along.
 */
final class ReuseTree {
  private static final int NONE = PageTable.NO_PAGE;

  private final PageTable table;
  private final PageHashes hashes;
  private final int pageTokens;
  private final PageIndex full; // full pages by the hash of all tokens up to their end
  private final PageIndex starts; // all pages by what is before them and their first run of tokens
  private final TokenRuns runs;
  private final int wanted; // the entry of the runs for what is looked for
  private final int[] parent; // [page] the page that it continues, or NONE for the root
  private final int[] firstChild; // [page]
  private final int[] next; // [page] its sibling
  private final int[] previous; // [page] its sibling
  private int idlePages;
  private int partTokens;

  ReuseTree(PageTable table, PageHashes hashes) {
    int pages = table.pool().pages();
    this.table = table;
    this.hashes = hashes;
    this.pageTokens = table.pool().pageTokens();
    this.full = new PageIndex(pages);
    this.starts = new PageIndex(pages);
    this.runs = new TokenRuns(pages + 1);
    this.wanted = pages;
    this.parent = new int[pages];
    this.firstChild = new int[pages];
    this.next = new int[pages];
    this.previous = new int[pages];
    Arrays.fill(firstChild, NONE);
  }

  boolean contains(int page) {
    return starts.contains(page);
  }

  boolean isLeaf(int page) {
    return firstChild[page] == NONE;
  }

  /** Pages of the tree that no row holds. */
  int idlePages() {
    return idlePages;
  }

  /** A row begins to hold a page of the tree that nobody holds. */
  void lock(int page) {
    idlePages--;
  }

  /** Nobody holds the page of the tree any more. */
  void unlock(int page) {
    idlePages++;
  }

  /** The full page that holds what the request's page of that index does, all before it included. */
  int find(int request, int index) {
    return full.find(hashes.hash(request, index));
  }

  /**
   * The page that shares most of so many leading tokens of the request's page of that index; one that
   * holds no more than these goes first, then the one stored first. What precedes is in the tree.
   *
   * @param anyPart whether a page that holds other tokens as well will do
   * @param anyUse whether a page that is in use or continued will do
   * @return the page, whose shared tokens are {@link #partTokens}, or {@link PageTable#NO_PAGE}
   */
  int findPart(int request, int index, int tokens, boolean anyPart, boolean anyUse) {
    hashes.describe(request, index, tokens, runs, wanted);
    int best = NONE;
    int bestScore = 0;
    partTokens = 0;
    int page = starts.find(hashes.start(request, index, runs.first(wanted)));
    for (; page != NONE; page = starts.next(page)) {
      int common = runs.common(page, wanted);
      boolean exact = common == tokens && runs.tokens(page) == tokens;
      int score = 2 * common + (exact ? 1 : 0);
      if (score > bestScore && (exact || anyPart) && (exact || anyUse || isPrivate(page))) {
        best = page;
        bestScore = score;
        partTokens = common;
      }
    }
    return best;
  }

  int partTokens() {
    return partTokens;
  }

  /** Whether nobody uses the page and nothing continues it. */
  boolean isPrivate(int page) {
    return table.holders(page) == 0 && isLeaf(page);
  }

  /** Adds a page that a row holds, with so many leading tokens of the request's page of that index. */
  void add(int page, int request, int index, int tokens, int before) {
    hashes.describe(request, index, tokens, runs, page);
    starts.add(page, hashes.start(request, index, runs.first(page)));
    if (tokens == pageTokens) {
      full.add(page, hashes.hash(request, index));
    }
    parent[page] = before;
    previous[page] = NONE;
    next[page] = NONE;
    if (before != NONE) {
      next[page] = firstChild[before];
      if (next[page] != NONE) {
        previous[next[page]] = page;
      }
      firstChild[before] = page;
    }
  }

  /** Takes the page out, and all that continues it. */
  void remove(int page) {
    unlink(page);
    int at = page;
    while (true) { // down to a leaf, which goes, and on from the one it continued
      while (firstChild[at] != NONE) {
        at = firstChild[at];
      }
      int before = parent[at];
      boolean last = at == page;
      if (!last) {
        unlink(at);
      }
      drop(at);
      if (last) {
        return;
      }
      at = before;
    }
  }

  private void unlink(int page) {
    if (next[page] != NONE) {
      previous[next[page]] = previous[page];
    }
    if (previous[page] != NONE) {
      next[previous[page]] = next[page];
    } else if (parent[page] != NONE) {
      firstChild[parent[page]] = next[page];
    }
  }

  private void drop(int page) {
    idlePages -= table.holders(page) == 0 ? 1 : 0;
    starts.remove(page);
    if (full.contains(page)) {
      full.remove(page);
    }
  }
}
