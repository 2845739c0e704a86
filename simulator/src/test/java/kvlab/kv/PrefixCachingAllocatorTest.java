package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Unit vectors V9 of kv-systems.md; rules of vLLM V1's block pool, section 3.2.3. */
final class PrefixCachingAllocatorTest {
  private final PageHashes hashes = new PageHashes(16);

  private PrefixCachingAllocator allocator(PageTable table) {
    return new PrefixCachingAllocator(table, hashes);
  }

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  /** A prompt of 64 tokens that is there whole hits 48: its last token has to be computed. */
  @Test
  void aFullHitComputesItsLastPageAgain() {
    PageTable table = new PageTable(new Pool(20, 16), 4);
    PrefixCachingAllocator allocator = allocator(table);
    prompt(0, 64, 7);
    prompt(1, 64, 7);
    assertEquals(0, allocator.cachedTokens(0, 64));
    assertTrue(allocator.admit(0, 0, 64, 64, 0));
    assertEquals(48, allocator.cachedTokens(1, 64));
    assertTrue(allocator.admit(1, 1, 64, 64, 0));
    assertEquals(table.page(0, 2), table.page(1, 2));
    assertTrue(table.page(0, 3) != table.page(1, 3), "the last page is a new one");
    assertEquals(5, table.heldPages());
    assertEquals(8, table.tablePages());
  }

  /** Free 5, of which 3 are the request's own cached pages; it needs 3 more: 3 + 3 > 5. */
  @Test
  void hitPagesThatNobodyHoldsCountAsTaken() {
    PageTable table = new PageTable(new Pool(9, 16), 4);
    PrefixCachingAllocator allocator = allocator(table);
    prompt(0, 48, 7);
    prompt(1, 48, 8);
    prompt(2, 96, 7);
    assertTrue(allocator.admit(0, 0, 48, 48, 0));
    assertTrue(allocator.admit(1, 1, 48, 48, 0));
    allocator.release(0);
    assertEquals(5, allocator.freePages());
    assertEquals(3, allocator.cachedPages());
    assertEquals(48, allocator.cachedTokens(2, 96));
    assertEquals(6, allocator.pagesToAdmit(2, 96, 96));
    assertFalse(allocator.admit(2, 2, 96, 96, 0));
    assertEquals(5, allocator.freePages());
    assertTrue(allocator.admit(2, 2, 96, 80, 0));
    assertEquals(0, allocator.freePages());
    assertEquals(0, allocator.cachedPages());
  }

  /** Freed tail first, taken from the front: the deepest pages lose their hashes first. */
  @Test
  void forgetsTheTailOfAPrefixBeforeItsHead() {
    PageTable table = new PageTable(new Pool(7, 16), 4);
    PrefixCachingAllocator allocator = allocator(table);
    prompt(0, 64, 7);
    prompt(1, 64, 8);
    prompt(2, 65, 7);
    allocator.admit(0, 0, 64, 64, 0); // pages 1 to 4
    allocator.release(0); // the queue is 5 6 4 3 2 1
    assertEquals(4, allocator.cachedPages());
    allocator.admit(1, 1, 64, 64, 0); // takes 5 6 4 3
    assertEquals(32, allocator.cachedTokens(2, 65));
    assertEquals(2, allocator.cachedPages());
  }

  /** A preempted request finds its own pages again, those with generated tokens too. */
  @Test
  void aRequestHitsWhatItComputedItself() {
    PageTable table = new PageTable(new Pool(20, 16), 4);
    PrefixCachingAllocator allocator = allocator(table);
    prompt(0, 20, 7);
    allocator.admit(0, 0, 20, 20, 0);
    for (int tokens = 21; tokens <= 50; tokens++) {
      assertTrue(allocator.grow(0, tokens));
    }
    allocator.release(0);
    assertEquals(48, allocator.cachedTokens(0, 51));
    prompt(1, 20, 7);
    assertEquals(16, allocator.cachedTokens(1, 20), "another request shares the prompt only");
  }
}
