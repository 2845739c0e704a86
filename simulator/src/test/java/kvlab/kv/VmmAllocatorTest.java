package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Rules of vAttention ({@code vattention/vattention.cu}, {@code utils.h}) on pages of 10 tokens. */
final class VmmAllocatorTest {
  private static final int LONGEST = 100;

  private final PageTable table = new PageTable(new Pool(10, 10), 4);
  private final VmmAllocator vmm = new VmmAllocator(table, 0, LONGEST);

  private void admit(int row, int tokens) {
    assertTrue(vmm.admit(row, row, tokens, tokens, 0));
  }

  private static PageTable tableOf(int pages) {
    return new PageTable(new Pool(pages, 10), 4);
  }

  /** {@code can_allocate}: free less needed must not fall below int(0.2 * 10) = 2; 8 of 10 may go. */
  @Test
  void admissionLeavesTheWatermarkAndGrowthDoesNot() {
    VmmAllocator watermarked = new VmmAllocator(table, 0.2, LONGEST);
    assertFalse(watermarked.admit(0, 0, 81, 81, 0)); // 9 pages
    assertEquals(0, table.pages(0));
    assertTrue(watermarked.admit(0, 0, 80, 80, 0));
    assertTrue(watermarked.grow(0, 100));
    assertEquals(0, watermarked.freePages());
    assertEquals(80, watermarked.largestSequenceTokens());
  }

  /** {@code free_batch_idx} only forgets the length: the pages stay mapped and count as free. */
  @Test
  void aFinishedRequestLeavesItsMappingToTheNextOne() {
    admit(0, 35); // 4 pages, mapped while the step waits
    assertEquals(4, vmm.takeMappedPages());
    int head = table.page(0, 0);
    vmm.release(0);
    assertEquals(10, vmm.freePages());
    assertEquals(4, vmm.mappedPages(0));
    admit(2, 25); // 3 of the 4 pages of id 0, nothing to map
    assertEquals(0, vmm.idOf(2));
    assertEquals(head, table.page(2, 0));
    assertEquals(0, vmm.takeMappedPages());
    assertEquals(7, vmm.freePages());
    assertTrue(vmm.grow(2, 40)); // the fourth
    assertEquals(0, vmm.takeMappedPages());
    assertTrue(vmm.grow(2, 41)); // a fifth, which the range does not have
    assertEquals(1, vmm.takeMappedPages());
  }

  /**
   * {@code alloc_new_batch_idx}: ids 0, 1, 2 are left with 4, 2, 3 pages. 2 pages: id 1 has enough and the
   * fewest. 3 pages: id 2. 4 pages: id 0.
   */
  @Test
  void aNewRequestTakesTheRangeThatFitsBest() {
    admit(0, 40);
    admit(1, 20);
    admit(2, 30);
    vmm.release(0);
    vmm.release(1);
    vmm.release(2);
    admit(3, 11);
    assertEquals(1, vmm.idOf(3));
    admit(2, 30);
    assertEquals(2, vmm.idOf(2));
    admit(1, 40);
    assertEquals(0, vmm.idOf(1));
    assertEquals(9, vmm.takeMappedPages()); // only the first three had to be mapped
  }

  /** The lowest id stays the choice when no other has fewer pages than it, though one would fit. */
  @Test
  void anUnmappedLowestIdIsPreferredToARangeThatFits() {
    admit(0, 10);
    admit(1, 30);
    vmm.release(1);
    admit(2, 70); // 7 pages: the 3 of id 1 and 4 more
    assertEquals(1, vmm.idOf(2));
    vmm.release(2);
    vmm.release(0); // ids 0 and 1 with 1 and 7 pages
    admit(3, 70);
    assertEquals(0, vmm.idOf(3), "id 1 has 7 pages, which is not fewer than 1");
    assertEquals(7, table.pages(3));
  }

  /**
   * {@code reclaim_kvblocks_on_demand}: ids 0 and 2 have 3 and 4 spare pages, id 1 is in use, 1 page is
   * mapped nowhere. Two more for id 1: all 4 of id 2 are unmapped, those of id 0 are not.
   */
  @Test
  void unmapsAllThatTheHighestIdHasToSpare() {
    admit(0, 30);
    admit(1, 20);
    admit(2, 40);
    vmm.release(0);
    vmm.release(2);
    vmm.takeMappedPages();
    assertTrue(vmm.grow(1, 40));
    assertEquals(4, vmm.takeUnmappedPages());
    assertEquals(2, vmm.takeMappedPages());
    assertEquals(3, vmm.mappedPages(0));
    assertEquals(0, vmm.mappedPages(2));
    assertEquals(6, vmm.freePages());
  }

  @Test
  void aShortageChangesNothing() {
    admit(0, 60);
    admit(1, 40);
    assertFalse(vmm.grow(1, 41));
    assertEquals(4, table.pages(1));
    assertEquals(0, vmm.freePages());
  }

  /**
   * {@code do_kvcache_memory_management}, 10 steps: sequences of 9 and 17 tokens on 1 and 2 pages. Nobody
   * needs a page for the next token. Two steps ahead the first wants 11 tokens: 1 page; four steps ahead
   * the second wants 21: that is the second page, and it stops. The step waits for none of it.
   */
  @Test
  void mapsTwoPagesAheadWhileAStepComputes() {
    admit(0, 9);
    admit(1, 17);
    vmm.takeMappedPages();
    vmm.mapAhead(10);
    assertEquals(2, vmm.mappedPages(0));
    assertEquals(3, vmm.mappedPages(1));
    assertEquals(7, vmm.freePages(), "they are nobody's yet");
    assertTrue(vmm.grow(0, 20));
    assertTrue(vmm.grow(1, 30));
    assertEquals(0, vmm.takeMappedPages());
    vmm.mapAhead(1); // looks at no step
    assertEquals(2, vmm.mappedPages(0));
  }

  /** Ranges end at the longest sequence: 100 tokens are 10 pages, so none is mapped behind them. */
  @Test
  void mapsNothingBeyondTheEndOfARange() {
    VmmAllocator wide = new VmmAllocator(tableOf(20), 0, LONGEST);
    assertTrue(wide.admit(0, 0, 99, 99, 0));
    wide.mapAhead(10);
    assertEquals(10, wide.mappedPages(0));
  }
}
