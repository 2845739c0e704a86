package kvlab.kv;

/** Several first-in-first-out lists over the same pages, each page in one of them or in none. */
final class FreeLists {
  private final int[] next;
  private final int[] previous;
  private final int pages; // a list's sentinel has the id pages + list

  FreeLists(int pages, int lists) {
    this.pages = pages;
    next = new int[pages + lists];
    previous = new int[pages + lists];
    for (int end = pages; end < pages + lists; end++) {
      next[end] = end;
      previous[end] = end;
    }
  }

  boolean isEmpty(int list) {
    return next[pages + list] == pages + list;
  }

  /** The page that has been in the list for longest; it is not empty. */
  int front(int list) {
    return next[pages + list];
  }

  void append(int list, int page) {
    int end = pages + list;
    next[page] = end;
    previous[page] = previous[end];
    next[previous[end]] = page;
    previous[end] = page;
  }

  /** Takes the page out of whatever list it is in. */
  void remove(int page) {
    next[previous[page]] = next[page];
    previous[next[page]] = previous[page];
  }
}
