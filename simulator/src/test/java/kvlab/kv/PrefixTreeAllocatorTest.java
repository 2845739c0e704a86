package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * Block reuse of TensorRT-LLM worked by hand from {@code evictionPolicy.cpp} (05a9191) and {@code
 * kvcache.md}; {@code kv-systems.md}, section 3.2.4.
 */
final class PrefixTreeAllocatorTest {
  private final PageHashes hashes = new PageHashes(4);

  private PrefixTreeAllocator allocator(int pages) {
    return new PrefixTreeAllocator(new PageTable(new Pool(pages, 4), 4), hashes);
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
   * Two requests compute the same 8 tokens at once; the pages of the first are in the tree, and the third
   * page of the second continues them. The first is freed earlier, so its pages are older than that
   * third page, but they go after it.
   */
  @Test
  void aPageOutlivesWhatContinuesIt() {
    PrefixTreeAllocator allocator = allocator(6);
    prompt(0, 8, 7);
    prompt(1, 12, 7);
    prompt(2, 16, 8);
    prompt(3, 13, 7);
    serve(allocator, 0, 0, 8);
    serve(allocator, 1, 1, 12);
    allocator.release(0); // its two pages join the tree
    allocator.release(1); // only its third page joins the tree
    assertEquals(3, allocator.cachedPages());
    assertEquals(12, allocator.cachedTokens(3, 13));
    assertTrue(allocator.admit(2, 2, 16, 16, 0)); // 3 empty pages and one of the tree
    assertEquals(2, allocator.cachedPages());
    assertEquals(8, allocator.cachedTokens(3, 13));
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
    PrefixTreeAllocator allocator = new PrefixTreeAllocator(table, hashes);
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
