package kvlab.kv;

import java.util.Arrays;

/**
 * Pages by hash: an open-addressing table of hashes, each with a chain of the pages that carry it, the
 * earliest first. Nothing is allocated once it has been made.
 */
final class PageIndex {
  private static final int NONE = -1;

  private final long[] key; // [slot]
  private final int[] first; // [slot] earliest page, or NONE for an empty slot
  private final int[] last; // [slot] latest page
  private final int mask;
  private final long[] hash; // [page]
  private final int[] next; // [page] the page that came after it with the same hash, or NONE
  private final int[] previous; // [page]
  private final boolean[] indexed; // [page]

  PageIndex(int pages) {
    int capacity = Integer.highestOneBit(Math.max(8, pages)) << 2; // at most half full
    key = new long[capacity];
    first = new int[capacity];
    last = new int[capacity];
    mask = capacity - 1;
    hash = new long[pages];
    next = new int[pages];
    previous = new int[pages];
    indexed = new boolean[pages];
    Arrays.fill(first, NONE);
  }

  /** The page that has carried the hash for longest, or {@link PageTable#NO_PAGE}. */
  int find(long itsHash) {
    int page = first[slot(itsHash)];
    return page == NONE ? PageTable.NO_PAGE : page;
  }

  /** The page that came after it with the same hash, or {@link PageTable#NO_PAGE}. */
  int next(int page) {
    return next[page] == NONE ? PageTable.NO_PAGE : next[page];
  }

  boolean contains(int page) {
    return indexed[page];
  }

  /** Gives a page a hash; it has none. */
  void add(int page, long itsHash) {
    int slot = slot(itsHash);
    hash[page] = itsHash;
    indexed[page] = true;
    next[page] = NONE;
    if (first[slot] == NONE) {
      key[slot] = itsHash;
      first[slot] = page;
      previous[page] = NONE;
    } else {
      next[last[slot]] = page;
      previous[page] = last[slot];
    }
    last[slot] = page;
  }

  /** Takes the page's hash away. */
  void remove(int page) {
    int slot = slot(hash[page]);
    indexed[page] = false;
    if (previous[page] == NONE) {
      first[slot] = next[page];
    } else {
      next[previous[page]] = next[page];
    }
    if (next[page] == NONE) {
      last[slot] = previous[page];
    } else {
      previous[next[page]] = previous[page];
    }
    if (first[slot] == NONE) {
      closeGap(slot);
    }
  }

  /** The slot of the hash, or the empty one where it would go. */
  private int slot(long itsHash) {
    int slot = home(itsHash);
    while (first[slot] != NONE && key[slot] != itsHash) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int home(long itsHash) {
    return (int) (itsHash ^ (itsHash >>> 32)) & mask;
  }

  /** Moves later entries of the probe sequence up, so that no gap hides them (Knuth 6.4, algorithm R). */
  private void closeGap(int emptied) {
    int gap = emptied;
    for (int slot = (gap + 1) & mask; first[slot] != NONE; slot = (slot + 1) & mask) {
      int distanceFromHome = (slot - home(key[slot])) & mask;
      if (distanceFromHome >= ((slot - gap) & mask)) {
        key[gap] = key[slot];
        first[gap] = first[slot];
        last[gap] = last[slot];
        first[slot] = NONE;
        gap = slot;
      }
    }
  }
}
