package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Pages of 2 tokens and a window of 4, by hand; a sliding and a full layer where both are there. */
final class HybridAllocatorTest {
  private static final int STEP_TOKENS = 4;

  private final PageHashes hashes = new PageHashes(2);

  private static LayerGroup group(Pool pool, Layers layers) {
    return new LayerGroup(new PageTable(pool, 4), layers, 1);
  }

  private static Layout slidingOnly(int pages) {
    Pool pool = new Pool(pages, 2);
    return new Layout(List.of(group(pool, new Layers(0, 1, 4))), pool, 1);
  }

  private static Layout slidingAndFull(int pages) {
    Pool pool = new Pool(pages, 2);
    return new Layout(
        List.of(group(pool, new Layers(0, 1, 4)), group(pool, new Layers(1, 0, 0))), pool, 1);
  }

  private HybridAllocator caching(Layout layout) {
    hashes.start(0, 0, 8, 7, 0, 0, i -> 0);
    hashes.start(1, 1, 9, 7, 0, 0, i -> 0); // the same prompt and one token more
    hashes.start(2, 2, 8, 8, 0, 0, i -> 0); // another prompt
    return new HybridAllocator(layout, STEP_TOKENS, Optional.of(hashes));
  }

  /** The steps of vLLM's own test_sliding_window_remove_skipped_blocks (window 4, block size 2). */
  @Test
  void givesUpAPageOnceTheWindowHasPassedAllOfIt() {
    Layout layout = slidingOnly(12);
    PageTable table = layout.groups().get(0).table();
    HybridAllocator allocator = new HybridAllocator(layout, STEP_TOKENS, Optional.empty());
    assertTrue(allocator.admit(0, 0, 22, 22, 22));
    assertEquals(0, allocator.freePages());
    int[][] computedAndFirst = {{0, 0}, {4, 0}, {5, 1}, {6, 1}, {7, 2}, {11, 4}};
    for (int[] step : computedAndFirst) {
      allocator.slide(0, step[0]);
      assertEquals(step[1], table.firstPage(0), step[0] + " tokens computed");
    }
    assertEquals(4, allocator.freePages());
    assertTrue(allocator.admit(1, 1, 8, 8, 8));
    int[] taken = {table.page(1, 0), table.page(1, 1), table.page(1, 2), table.page(1, 3)};
    assertArrayEquals(
        new int[] {1, 2, 4, 3}, taken, "of pages given up together the last is evicted first");
  }

  @Test
  void aHitNeedsTheWholePrefixInFullLayersAndTheWindowInSlidingOnes() {
    Layout layout = slidingAndFull(13);
    HybridAllocator allocator = caching(layout);
    assertTrue(allocator.admit(0, 0, 8, 8, 8));
    assertEquals(4, allocator.freePages());
    allocator.release(0);
    assertEquals(8, allocator.cachedPages());

    assertEquals(8, allocator.cachedTokens(1, 9));
    // 2 new columns, and of the 4 that hit the 4 full pages and the last 2 sliding ones
    assertEquals(2 + 4 + 2, allocator.pagesToAdmit(1, 9, 9));
    assertTrue(allocator.admit(1, 1, 9, 9, 9));
    assertEquals(2, layout.groups().get(0).table().firstPage(1));
    assertEquals(0, layout.groups().get(1).table().firstPage(1));
    assertEquals(5, layout.groups().get(0).table().pages(1));
    assertEquals(4, allocator.freePages());
    assertEquals(2, allocator.cachedPages(), "sliding pages before the window stay cached");
  }

  @Test
  void aHitEndsWhereTheWindowIsStillThere() {
    HybridAllocator allocator = caching(slidingAndFull(13));
    assertTrue(allocator.admit(0, 0, 8, 8, 8));
    allocator.release(0);
    assertTrue(allocator.admit(2, 2, 6, 6, 6)); // 4 unused pages, then the last 2 sliding ones
    assertEquals(6, allocator.cachedPages());
    // full layers have 8 tokens, sliding ones 4: ceil((4 - 1) / 2) = 2 pages in a row end there
    assertEquals(4, allocator.cachedTokens(1, 9));
  }

  /** vLLM: ceil((4 - 1 + 4) / 2) + 1 = 5 sliding pages at most, beside 20 full ones. */
  @Test
  void theGateCountsWhatASlidingGroupHoldsAtMost() {
    HybridAllocator allocator =
        new HybridAllocator(slidingAndFull(101), STEP_TOKENS, Optional.empty());
    assertEquals(20 + 5, allocator.pagesToAdmit(0, 40, 40));
    assertEquals(4 + 4, allocator.pagesToAdmit(0, 8, 8));
    assertEquals(2 * (100 - 5), allocator.largestSequenceTokens());
  }

  @Test
  void refusesGrowthThatOnlyOneGroupHasRoomFor() {
    HybridAllocator allocator =
        new HybridAllocator(slidingAndFull(7), STEP_TOKENS, Optional.empty());
    assertTrue(allocator.admit(0, 0, 4, 4, 4));
    assertTrue(allocator.grow(0, 6));
    assertEquals(0, allocator.freePages());
    allocator.slide(0, 6); // 3 tokens are passed, the first page of the sliding layer with them
    assertEquals(1, allocator.freePages());
    assertFalse(allocator.grow(0, 7), "a column is a page of each group");
    assertEquals(1, allocator.freePages());
    allocator.release(0);
    assertEquals(6, allocator.freePages());
  }
}
