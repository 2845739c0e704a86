package kvlab.kv;

import java.util.Arrays;

/**
 * Pages by hash: a hash table with a list of hashes in each bucket, each hash standing in the page that
 * has carried it for longest, from which the later ones hang in the order in which they came. Nothing is
 * allocated once it has been made, and no verb depends on how many pages carry a hash.
 *
 * <pre>
 *   bucket -> page 4 -> page 9          by another hash
 *               |
 *             page 7 -> page 2          the same hash, later
 * </pre>
 */
final class PageIndex {
  private static final int NONE = -1;
  private static final int ABSENT = -2; // as what came before a page that has no hash

  /** What is known of a page lies side by side, since it is used together. */
  private static final int CELLS = 6;

  private static final int OTHER = 0; // the first page of the bucket's next hash
  private static final int NEXT = 1; // the page that came after it with the same hash
  private static final int PREVIOUS = 2; // the page before that, NONE for the first
  private static final int LAST = 3; // of a first page: the page that came last
  private static final int LOW = 4; // the halves of its hash
  private static final int HIGH = 5;

  private final int[] bucket; // first page of its first hash, or NONE
  private final int[] cells; // [page][CELLS]
  private int listed; // pages whose hash can be found
  private final long[] unlisted; // a bit for each page: whether it has a hash that nobody can find

  PageIndex(int pages) {
    bucket = new int[Integer.highestOneBit(Math.max(8, pages)) << 2];
    cells = new int[pages * CELLS];
    unlisted = new long[(pages + Long.SIZE - 1) / Long.SIZE];
    Arrays.fill(bucket, NONE);
    for (int page = 0; page < pages; page++) {
      set(page, PREVIOUS, ABSENT);
    }
  }

  /** The page that has carried the hash for longest, or {@link PageTable#NO_PAGE}. */
  int find(long itsHash) {
    int page = bucket[bucket(itsHash)];
    while (page != NONE && hash(page) != itsHash) {
      page = get(page, OTHER);
    }
    return page == NONE ? PageTable.NO_PAGE : page;
  }

  /** The page that came after it with the same hash, or {@link PageTable#NO_PAGE}. */
  int next(int page) {
    int next = get(page, NEXT);
    return next == NONE ? PageTable.NO_PAGE : next;
  }

  /** Whether any page can be found. */
  boolean isEmpty() {
    return listed == 0;
  }

  boolean contains(int page) {
    return isUnlisted(page) || isListed(page);
  }

  private boolean isListed(int page) {
    return listed > 0 && get(page, PREVIOUS) != ABSENT;
  }

  /** Gives a page, which has none, a hash that nobody looks for, and that is not even worked out. */
  void addUnlisted(int page) {
    unlisted[page / Long.SIZE] |= 1L << page;
  }

  /** Whether the page has a hash that nobody can find. */
  boolean isUnlisted(int page) {
    return (unlisted[page / Long.SIZE] >>> page & 1) != 0;
  }

  /** Gives a page a hash; it has none that can be found. */
  void add(int page, long itsHash) {
    listed++;
    unlisted[page / Long.SIZE] &= ~(1L << page);
    set(page, LOW, (int) itsHash);
    set(page, HIGH, (int) (itsHash >>> 32));
    set(page, NEXT, NONE);
    int first = find(itsHash);
    if (first == PageTable.NO_PAGE) {
      int itsBucket = bucket(itsHash);
      set(page, OTHER, bucket[itsBucket]);
      set(page, PREVIOUS, NONE);
      set(page, LAST, page);
      bucket[itsBucket] = page;
    } else {
      int last = get(first, LAST);
      set(last, NEXT, page);
      set(page, PREVIOUS, last);
      set(first, LAST, page);
    }
  }

  /** Takes the page's hash away; false if it has none. */
  boolean remove(int page) {
    if (isUnlisted(page)) {
      unlisted[page / Long.SIZE] &= ~(1L << page);
      return true;
    }
    boolean isListed = isListed(page);
    if (isListed) {
      removeListed(page);
    }
    return isListed;
  }

  private void removeListed(int page) {
    listed--;
    int next = get(page, NEXT);
    int previous = get(page, PREVIOUS);
    set(page, PREVIOUS, ABSENT);
    if (previous == NONE) {
      removeFirst(page, next);
      return;
    }
    set(previous, NEXT, next);
    if (next == NONE) {
      set(find(hash(page)), LAST, previous);
    } else {
      set(next, PREVIOUS, previous);
    }
  }

  /** Puts the page after it, if there is one, in the place of a first page. */
  private void removeFirst(int page, int next) {
    int instead = next;
    if (next == NONE) {
      instead = get(page, OTHER);
    } else {
      set(next, PREVIOUS, NONE);
      set(next, LAST, get(page, LAST));
      set(next, OTHER, get(page, OTHER));
    }
    int itsBucket = bucket(hash(page));
    int before = bucket[itsBucket];
    if (before == page) {
      bucket[itsBucket] = instead;
      return;
    }
    while (get(before, OTHER) != page) {
      before = get(before, OTHER);
    }
    set(before, OTHER, instead);
  }

  private long hash(int page) {
    return (long) get(page, HIGH) << 32 | Integer.toUnsignedLong(get(page, LOW));
  }

  private int get(int page, int cell) {
    return cells[page * CELLS + cell];
  }

  private void set(int page, int cell, int value) {
    cells[page * CELLS + cell] = value;
  }

  private int bucket(long itsHash) {
    return (int) (itsHash ^ (itsHash >>> 32)) & (bucket.length - 1);
  }
}
