package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Rules of vLLM V0's block manager, kv-systems.md section 3.2.2, on pages of 16. */
final class VllmV0AllocatorTest {
  private final PageHashes hashes = new PageHashes(16);

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  private static void admit(VllmV0Allocator allocator, int row, int tokens, long step) {
    assertTrue(allocator.admit(row, row, tokens, tokens, 0));
    allocator.use(row, tokens, step);
  }

  /** Three full pages and one with a token: the next token touches one page, a chunk of it none more. */
  @Test
  void growthCountsThePageThatIsWrittenTo() {
    PageTable table = new PageTable(new Pool(4, 16), 2);
    VllmV0Allocator allocator = VllmV0Allocator.plain(table, 0);
    assertTrue(allocator.admit(0, 0, 49, 49, 0));
    assertFalse(allocator.grow(0, 50), "the last page has room, but none is free");
    allocator.release(0);
    assertTrue(allocator.admit(0, 0, 48, 16, 0));
    assertEquals(1, allocator.freePages());
    assertTrue(allocator.admit(1, 1, 16, 16, 0));
    assertTrue(allocator.grow(0, 48), "all three pages are full of tokens that have a slot");
    assertFalse(allocator.grow(0, 49));
  }

  @Test
  void aPageHitsOnlyAfterTheStepThatComputesIt() {
    PageTable table = new PageTable(new Pool(10, 16), 3);
    VllmV0Allocator allocator = VllmV0Allocator.prefixCaching(table, 0, hashes);
    prompt(0, 40, 7);
    prompt(1, 40, 7);
    assertTrue(allocator.admit(0, 0, 40, 40, 0));
    assertEquals(0, allocator.cachedTokens(1, 40));
    allocator.use(0, 40, 0);
    assertEquals(32, allocator.cachedTokens(1, 40));
    assertEquals(3, allocator.pagesToAdmit(1, 40, 40), "hits are not discounted");
  }

  /**
   * Rows 0 and 1 leave 2 pages with a hash each, used in steps 3 and 2; 1 page was never used. Then 4
   * are taken: that one, those of row 1, and of row 0 the deeper one.
   */
  @Test
  void givesUpTheLeastRecentlyUsedAndOfItTheDeepest() {
    PageTable table = new PageTable(new Pool(5, 16), 3);
    VllmV0Allocator allocator = VllmV0Allocator.prefixCaching(table, 0, hashes);
    prompt(0, 32, 7);
    prompt(1, 32, 8);
    prompt(2, 64, 9);
    admit(allocator, 0, 32, 1);
    admit(allocator, 1, 32, 2);
    allocator.use(0, 32, 3);
    allocator.release(0);
    allocator.release(1);
    assertEquals(4, allocator.cachedPages());
    admit(allocator, 2, 64, 4);
    assertEquals(0, allocator.cachedTokens(1, 32));
    assertEquals(16, allocator.cachedTokens(0, 32));
  }

  @Test
  void aPageLeavesTheEvictionOrderFromTheMiddle() {
    EvictionOrder order = new EvictionOrder(8);
    order.add(4, 2, 1);
    order.add(5, 1, 3);
    order.add(6, 1, 3);
    order.add(7, 1, 4);
    order.add(3, 0, 1);
    order.remove(7);
    StringBuilder removed = new StringBuilder();
    while (order.size() > 0) {
      removed.append(order.front());
      order.remove(order.front());
    }
    assertEquals("3564", removed.toString());
  }
}
