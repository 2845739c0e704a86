package kvlab.kv;

/**
 * Decides which pages a sequence holds, by writing rows of the {@link PageTable}. Each call succeeds
 * whole or changes nothing, so there is no separate "can allocate" question. Not thread safe.
 */
public interface KvAllocator {
  /** More pages than there are. */
  int UNFORESEEN = Integer.MAX_VALUE;

  /**
   * Places a new sequence in an empty row.
   *
   * @param request its handle, under which its tokens are known where the design shares pages
   * @param knownTokens tokens that it has, computed or not
   * @param tokens tokens whose slots are needed now, those that are already in the pool included
   * @param claimTokens tokens to reserve where the design reserves; at least {@code tokens} counts
   * @return false when there is no room now
   */
  boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens);

  /** Leading tokens of a waiting request that are in the pool already. */
  default int cachedTokens(int request, int knownTokens) {
    return 0;
  }

  /** Free pages that it takes to admit a waiting request with so many tokens; those in the pool count. */
  int pagesToAdmit(int request, int knownTokens, int tokens);

  /** Makes room for the row to hold so many tokens in total; false when there is none now. */
  boolean grow(int row, int tokens);

  /**
   * Returns pages of the row that only hold tokens which no layer of theirs will read again, once so
   * many of the row's tokens are computed; for designs that know of sliding windows. Never fails.
   */
  default void slide(int row, int computedTokens) {}

  /**
   * The next length at which growing a row by single tokens does anything: {@link #grow} to fewer tokens
   * than this succeeds and changes nothing but what {@link #use} says again, as long as the row's next
   * tokens are these.
   *
   * @param tokens the length that the row grows to next
   * @return at least {@code tokens}, which is always right
   */
  default int nextGrowth(int row, int tokens) {
    return tokens;
  }

  /**
   * Whether {@link #nextGrowth} of a row stays true while other rows come, grow and leave, and {@link #use} says
   * nothing.
   *
   * @return false, which is always right
   */
  default boolean rowsGrowAlone() {
    return false;
  }

  /**
   * Free pages that are enough for {@link #grow} to succeed; enough for several rows is the sum.
   *
   * @return {@link #UNFORESEEN}, which is always right, where nothing can be promised
   */
  default int pagesToGrow(int row, int tokens) {
    return UNFORESEEN;
  }

  /**
   * Free pages that {@link #takeInTurn} can hand out. Where there are any, a row that grows by single tokens
   * takes one page whenever it needs more than all of its pages hold, and whatever else {@link #grow} does can
   * be done by one call for many tokens.
   *
   * @return 0, which is always right, where rows grow in another way
   */
  default int pagesInTurn() {
    return 0;
  }

  /**
   * Takes single pages for rows in turn, for the first again after the last: those that as many calls of
   * {@link #grow} would have taken. The caller says {@link #grow} to the lengths reached after that.
   *
   * @param rows those that grow, in the order in which they do
   * @param count rows in a round
   * @param pages at most {@link #pagesInTurn}
   * @param taken room for as many pages, of no meaning afterwards
   * @param cachedAfter takes how many pages were cached after each page taken, where it is not 0
   */
  default void takeInTurn(int[] rows, int count, int pages, int[] taken, int[] cachedAfter) {
    for (int i = 0, turn = 0; i < pages; i++, turn = turn + 1 == count ? 0 : turn + 1) {
      if (!grow(rows[turn], askedTokens(rows[turn]) + 1)) {
        throw new IllegalStateException("no room for row " + rows[turn] + " where it was promised");
      }
      cachedAfter[i] = cachedPages();
    }
  }

  /** Returns the row's pages to the pool. */
  void release(int row);

  /** Returns the row's pages to the pool, and its request will not come back for what they hold. */
  default void retire(int row) {
    release(row);
  }

  /**
   * The step with that index computes the row's tokens up to so many; for designs that keep track of use.
   * Said by schedulers that need it to be, and after steps for which growth was not asked for because
   * {@link #nextGrowth} had said so.
   */
  default void use(int row, int tokens, long step) {}

  /** Pages that are in no row and could be handed out. */
  int freePages();

  /** Those of the free pages that are kept for reuse of what they hold. */
  default int cachedPages() {
    return 0;
  }

  /** Whether a page that is in no row is one of those. */
  default boolean isCached(int page) {
    return false;
  }

  /** Free pages that an admission leaves untouched, such as a watermark. */
  default int marginPages() {
    return 0;
  }

  /**
   * Layer slots in no row and not part of any free page: room that is left in pages of which another
   * part is in use. See {@link Layout}.
   */
  default long strandedSlots() {
    return 0;
  }

  /**
   * Slots that the row asked for, A of the accounting; what placement gave beyond it is rounding.
   * Paged designs ask for whole pages.
   */
  int askedTokens(int row);

  /**
   * Whether what a row asked for, of which nothing is padding, stays as long as its pages do: then only rows
   * whose pages have changed are counted anew.
   *
   * @return false, which is always right, where every row is counted in every step
   */
  default boolean asksByPages() {
    return false;
  }

  /** Whether rows may share a page that is not full. */
  default boolean sharesUnfilledPages() {
    return false;
  }

  /** Those of the asked slots that no token of the row's sequence can go to: left padding of a batch. */
  default int paddingTokens(int row) {
    return 0;
  }

  /** The most tokens that one sequence alone in the pool can hold. */
  int largestSequenceTokens();
}
