package kvlab.kv;

/** Pages in no row, in the order in which they will be handed out. */
interface FreePages {
  int size();

  /** Removes and returns the next page; there is one. */
  int take();

  /** Adds a page that a row gave back. */
  void give(int page);
}
