package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * Block reuse of TensorRT-LLM worked by hand from {@code kvCacheManager.cpp} (b35ac1b) and {@code
 * evictionPolicy.cpp} (05a9191); {@code kv-systems.md}, section 3.2.4.
 */
final class PrefixTreeAllocatorTest {
  private static final PrefixTreeAllocator.Settings WHOLE_PAGES =
      new PrefixTreeAllocator.Settings(false, false, 35, 35);
  private final PageHashes hashes = PageHashes.ofTokens(4);

  private PrefixTreeAllocator allocator(int pages) {
    return new PrefixTreeAllocator(new PageTable(new Pool(pages, 4), 4), hashes, WHOLE_PAGES);
  }

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  /** Admits a request whole, and computes and finishes it. */
  private static void serve(PrefixTreeAllocator allocator, int row, int request, int tokens) {
    assertTrue(allocator.admit(row, request, tokens, tokens, 0));
    assertTrue(allocator.grow(row, tokens));
  }

  /** Pages can be reused once their tokens have been computed, not while they are being. */
  @Test
  void aPageJoinsTheTreeWhenItHasBeenComputed() {
    PrefixTreeAllocator allocator = allocator(8);
    prompt(0, 9, 7);
    prompt(1, 9, 7);
    serve(allocator, 0, 0, 9);
    assertEquals(0, allocator.cachedTokens(1, 9));
    assertTrue(allocator.grow(0, 10)); // the next step: all 9 are there
    assertEquals(8, allocator.cachedTokens(1, 9));
    assertEquals(1, allocator.pagesToAdmit(1, 9, 9));
  }

  /** A prompt of 8 that is there whole hits 4: its last token has to be computed. */
  @Test
  void theLastTokenIsComputedAgain() {
    PrefixTreeAllocator allocator = allocator(8);
    prompt(0, 8, 7);
    prompt(1, 8, 7);
    serve(allocator, 0, 0, 8);
    allocator.release(0);
    assertEquals(8, allocator.freePages());
    assertEquals(2, allocator.cachedPages());
    assertEquals(4, allocator.cachedTokens(1, 8));
    assertEquals(2, allocator.pagesToAdmit(1, 8, 8)); // the page hit is free too
  }

  /** Empty pages first, then the leaf: 5 pages, 3 of them cached; a prompt of 12 forgets the last. */
  @Test
  void forgetsLeavesOnly() {
    PrefixTreeAllocator allocator = allocator(5);
    prompt(0, 12, 7);
    prompt(1, 12, 8);
    prompt(2, 13, 7);
    serve(allocator, 0, 0, 12);
    allocator.release(0);
    assertEquals(3, allocator.cachedPages());
    serve(allocator, 1, 1, 12);
    assertEquals(2, allocator.cachedPages());
    assertEquals(8, allocator.cachedTokens(2, 13));
  }

  /**
   * {@code freeChildren}: two requests compute the same 8 tokens at once; the pages of the first are in the
   * tree, and the third page of the second continues them. The second page of the first is the one free
   * for longest after the empty one, and when it is taken, what continues it cannot be found either.
   */
  @Test
  void aPageTakesAlongWhatContinuesIt() {
    PrefixTreeAllocator allocator = allocator(6);
    prompt(0, 8, 7);
    prompt(1, 12, 7);
    prompt(2, 8, 8);
    prompt(3, 13, 7);
    serve(allocator, 0, 0, 8);
    serve(allocator, 1, 1, 12);
    allocator.release(0); // its two pages join the tree
    allocator.release(1); // only its third page joins the tree
    assertEquals(3, allocator.cachedPages());
    assertEquals(12, allocator.cachedTokens(3, 13));
    assertTrue(allocator.admit(2, 2, 8, 8, 0));
    assertEquals(1, allocator.cachedPages());
    assertEquals(4, allocator.cachedTokens(3, 13));
  }

  private PrefixTreeAllocator partial(int pages, boolean copies, int promptPriority) {
    return new PrefixTreeAllocator(
        new PageTable(new Pool(pages, 4), 4),
        hashes,
        new PrefixTreeAllocator.Settings(true, copies, promptPriority, 35));
  }

  /**
   * {@code findMatchingBlock} and {@code loadOrAllocateBlocks}: request 0 leaves 11 tokens, the last page
   * not full. Of an equal prompt of 8, 7 tokens are there, the last 3 in the second page, which request 1
   * cannot have to itself, because the third continues it: they are copied.
   */
  @Test
  void copiesThePartOfAPageThatIsContinued() {
    PrefixTreeAllocator allocator = partial(5, true, 35);
    prompt(0, 11, 7);
    prompt(1, 8, 7);
    serve(allocator, 0, 0, 11);
    allocator.release(0);
    assertEquals(3, allocator.cachedPages());
    assertEquals(7, allocator.cachedTokens(1, 8));
    assertTrue(allocator.admit(1, 1, 8, 8, 0));
    assertEquals(3, allocator.takeCopiedTokens());
    assertEquals(0, allocator.takeCopiedTokens());
    assertEquals(3, allocator.freePages());
    assertEquals(2, allocator.cachedPages());
  }

  /** Without {@code copy_on_partial_reuse} such a page does not serve. */
  @Test
  void withoutCopiesAPageThatIsContinuedDoesNotServe() {
    PrefixTreeAllocator allocator = partial(5, false, 35);
    prompt(0, 11, 7);
    prompt(1, 8, 7);
    serve(allocator, 0, 0, 11);
    allocator.release(0);
    assertEquals(4, allocator.cachedTokens(1, 8));
    assertTrue(allocator.admit(1, 1, 8, 8, 0));
    assertEquals(0, allocator.takeCopiedTokens());
  }

  /** {@code claimLeafBlock}: a page that nobody holds and nothing continues becomes the request's own. */
  @Test
  void takesTheLastPageOverWhenNobodyUsesIt() {
    PageTable table = new PageTable(new Pool(5, 4), 4);
    PrefixTreeAllocator allocator = new PrefixTreeAllocator(
        table, hashes, new PrefixTreeAllocator.Settings(true, false, 35, 35));
    prompt(0, 11, 7);
    prompt(1, 20, 7);
    serve(allocator, 0, 0, 11);
    int last = table.page(0, 2);
    allocator.release(0);
    assertEquals(11, allocator.cachedTokens(1, 20)); // what they share of their prompts
    assertTrue(allocator.admit(1, 1, 20, 20, 0));
    assertEquals(last, table.page(1, 2));
    assertEquals(0, allocator.takeCopiedTokens());
    assertEquals(0, allocator.cachedPages());
  }

  /**
   * Hash ids of 2 tokens, pages of 4: the second page shares its first id, 2 tokens, and of its second no
   * token that anybody knows of. Request 0 still holds the page.
   */
  @Test
  void sharesWholeUnitsOfAPage() {
    PrefixTreeAllocator allocator = partial(8, true, 35);
    long[] first = {1, 2, 3, 4};
    long[] second = {1, 2, 3, 5, 6};
    hashes.start(0, 0, 8, 0, 2, 4, i -> first[i]);
    hashes.start(1, 1, 10, 0, 2, 5, i -> second[i]);
    serve(allocator, 0, 0, 8);
    assertTrue(allocator.grow(0, 9)); // the next step: 8 are there
    assertEquals(6, allocator.cachedTokens(1, 10));
    assertTrue(allocator.admit(1, 1, 10, 10, 0));
    assertEquals(2, allocator.takeCopiedTokens());
  }

  /** What a paused request computed is there when it returns, tokens of its own included. */
  @Test
  void aPausedRequestFindsItsOwnTokens() {
    PrefixTreeAllocator allocator = partial(4, true, 35);
    prompt(0, 4, 7);
    serve(allocator, 0, 0, 4);
    assertTrue(allocator.grow(0, 5));
    assertTrue(allocator.grow(0, 6));
    allocator.release(0); // 6 are there, 7 known
    assertEquals(6, allocator.cachedTokens(0, 7));
  }

  /** {@code getFreeBlock}: lowest retention priority first, whoever was freed earlier. */
  @Test
  void keepsPagesOfAHigherPriorityLonger() {
    PrefixTreeAllocator allocator = partial(2, true, 80);
    prompt(0, 4, 7);
    prompt(1, 4, 8);
    prompt(2, 5, 7);
    serve(allocator, 0, 0, 4);
    assertTrue(allocator.grow(0, 8)); // the second page is begun while generating: priority 35
    allocator.release(0);
    assertEquals(2, allocator.cachedPages());
    serve(allocator, 1, 1, 4);
    assertEquals(4, allocator.cachedTokens(2, 5));
  }

  /** Least recently freed first: the leaf of the request that finished earlier goes. */
  @Test
  void theLeafFreedEarlierGoesFirst() {
    PrefixTreeAllocator allocator = allocator(3);
    prompt(0, 4, 7);
    prompt(1, 4, 8);
    prompt(2, 8, 9);
    serve(allocator, 0, 0, 4);
    serve(allocator, 1, 1, 4);
    allocator.release(1);
    allocator.release(0);
    serve(allocator, 2, 2, 8); // the empty page and that of request 1
    prompt(1, 5, 8);
    prompt(0, 5, 7);
    assertEquals(0, allocator.cachedTokens(1, 5));
    assertEquals(4, allocator.cachedTokens(0, 5));
  }

  /** A hit on pages that somebody holds takes no free page and shares them. */
  @Test
  void sharesPagesInUse() {
    PageTable table = new PageTable(new Pool(4, 4), 4);
    PrefixTreeAllocator allocator = new PrefixTreeAllocator(table, hashes, WHOLE_PAGES);
    prompt(0, 8, 7);
    prompt(1, 9, 7);
    serve(allocator, 0, 0, 8);
    assertTrue(allocator.grow(0, 9));
    assertTrue(allocator.admit(1, 1, 9, 9, 0));
    assertEquals(table.page(0, 1), table.page(1, 1));
    assertNotEquals(table.page(0, 2), table.page(1, 2));
    assertEquals(0, allocator.freePages());
  }
}
