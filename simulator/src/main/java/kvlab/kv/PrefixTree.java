package kvlab.kv;

/**
 * The radix tree of prefixes that SGLang ({@code mem_cache/radix_cache.py}) and LightLLM ({@code
 * dynamic_prompt/radix_cache.py}) keep computed KV in, page by page. A page knows the page before it;
 * a page is found by the hash of all tokens up to its end.
 *
 * <pre>
 *   the engines' tree                 here, with one page per letter
 *   root -- "abc" -+- "de"            a &lt;- b &lt;- c &lt;- d &lt;- e      ends: c, e, g
 *                  +- "fg"                      ^-- f &lt;- g
 * </pre>
 *
 * <p>Why this is the same tree. A node of a radix tree is a path without a branch, so its pages are known
 * by where paths end; a page is marked when a match or an insertion ended with it, which is where the
 * engines split or begin a node. Walking down by token content visits the pages whose hashes are those of
 * the prefixes of the request, since a hash stands for the whole chain; a page leaves only as a leaf, so
 * whoever is in the tree is reachable. The pages of a node are matched together or the node is split, so
 * they share one time of last use, and a time on every page is a time on every node. A node is locked when
 * a running request holds it; the request holds all of its prefix, so "some row of the page table holds
 * the page" is the lock, and pages that nobody holds are exactly those that can be evicted in the end.
 *
 * <p>Eviction takes the leaf node used least recently, whole, from its last page up to the page where
 * another node ends. Such leaves form a binary heap by time; every operation has a time of its own, and
 * one operation touches one path, so no two leaves are equal. Nothing costs more than the path that is
 * walked, or the logarithm of the number of leaves.
 *
 * <p>Deviation: a match counts as a use when the request is admitted, not each time that a waiting
 * request is looked at.
 */
final class PrefixTree {
  private static final int ENDS = 1; // beside the number of children: a node ends with the page
  private static final int CHILD = 2;

  private final PageTable table;
  private final PageIndex index;
  private final int[] nodes; // [page][2] the page before it, or NO_PAGE; its children, see CHILD
  private final RecencyHeap leaves; // those that nobody holds, by their last use
  private int idlePages;
  private long now;

  PrefixTree(PageTable table) {
    int pages = table.pool().pages();
    this.table = table;
    this.index = new PageIndex(pages);
    this.nodes = new int[2 * pages];
    this.leaves = new RecencyHeap(pages);
  }

  /** The page whose chain of tokens has the hash, or {@link PageTable#NO_PAGE}. */
  int find(long hash) {
    return index.find(hash);
  }

  boolean contains(int page) {
    return index.contains(page);
  }

  /** Pages that no row holds: what eviction can give back. */
  int idlePages() {
    return idlePages;
  }

  /** Starts an operation: what it uses or adds is the most recently used. */
  void tick() {
    now++;
  }

  /** The current operation walks over the page; a row holds it. */
  void use(int page) {
    leaves.stamp(page, now);
  }

  /** Adds a page that a row holds, below a page that the row holds too, or at the root. */
  void add(int page, long hash, int before) {
    index.add(page, hash);
    put(page, before);
  }

  /** The same for a page that nobody will look for before {@link #list}. */
  void addUnlisted(int page, int before) {
    index.addUnlisted(page);
    put(page, before);
  }

  /** Whether nobody can find the page, although it is in the tree. */
  boolean isUnlisted(int page) {
    return index.isUnlisted(page);
  }

  /** From now on the page can be found. */
  void list(int page, long hash) {
    index.add(page, hash);
  }

  private void put(int page, int before) {
    nodes[2 * page] = before;
    nodes[2 * page + 1] = 0;
    leaves.stamp(page, now);
    if (before != PageTable.NO_PAGE) {
      nodes[2 * before + 1] += CHILD;
    }
  }

  /** A match or an insertion ended with the page. */
  void end(int page) {
    nodes[2 * page + 1] |= ENDS;
  }

  /** A row is about to hold a page that nobody holds. */
  void lock(int page) {
    idlePages--;
    if (leaves.contains(page)) {
      leaves.remove(page);
    }
  }

  /** The last row that held the page has given it back. */
  void unlock(int page) {
    idlePages++;
    if (nodes[2 * page + 1] < CHILD) {
      leaves.add(page);
    }
  }

  /** Takes out the leaf node used least recently and gives its pages away; there is one. */
  void evict(FreePages free) {
    int page = leaves.least();
    leaves.remove(page);
    while (true) {
      int before = nodes[2 * page];
      index.remove(page);
      idlePages--;
      free.give(page);
      if (before == PageTable.NO_PAGE) {
        return;
      }
      int left = nodes[2 * before + 1] -= CHILD;
      if (left >= CHILD || table.holders(before) > 0) {
        return;
      }
      if (left == ENDS) {
        leaves.add(before);
        return;
      }
      page = before;
    }
  }
}
