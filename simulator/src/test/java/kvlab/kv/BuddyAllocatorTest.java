package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Chunks of 1, 2, 4, .. pages of 16 tokens from a buddy placement; see Knuth, TAOCP 1, 2.5. */
final class BuddyAllocatorTest {
  private final PageTable table = new PageTable(new Pool(16, 16), 4);
  private final BuddyAllocator buddy = new BuddyAllocator(table, 64);

  /** Of 16 pages with runs of 4: 17 tokens take chunks of 1 and 2, page 12 and the run from 14. */
  @Test
  void eachChunkIsTwiceTheOneBefore() {
    assertTrue(buddy.admit(0, 0, 17, 17, 0));
    assertEquals(3, table.pages(0));
    assertEquals(48, buddy.askedTokens(0));
    assertEquals(12, table.page(0, 0));
    assertEquals(14, table.page(0, 1));
    assertEquals(15, table.page(0, 2));
    assertTrue(buddy.grow(0, 48), "there is room");
    assertEquals(3, table.pages(0));
    assertTrue(buddy.grow(0, 49)); // a chunk of 4
    assertEquals(7, table.pages(0));
    assertTrue(buddy.grow(0, 113)); // and no chunk is longer than 4
    assertEquals(11, table.pages(0));
    assertEquals(5, buddy.freePages());
  }

  /** 113 tokens: chunks of 1 + 2 + 4 + 4 = 11 pages, though 8 pages would hold them. */
  @Test
  void asksForWholeChunks() {
    assertEquals(11, buddy.pagesToAdmit(0, 113, 113));
    assertEquals(7, buddy.pagesToAdmit(0, 112, 112));
    assertEquals(1, buddy.pagesToAdmit(0, 1, 1));
  }

  /** 16 pages are runs of 4: 1 + 2 leave one page of a run, then three runs of 4: 15 pages. */
  @Test
  void oneSequenceGetsAllButTheFirstChunksTwin() {
    assertEquals(15 * 16, buddy.largestSequenceTokens());
    assertTrue(buddy.admit(0, 0, 240, 240, 0));
    assertFalse(buddy.grow(0, 241));
  }

  /** Rows 0, 1 and 2 take 7, 3 and 1 pages, then row 0 another 4: page 7 is all that is left. */
  @Test
  void aShortageChangesNothing() {
    assertTrue(buddy.admit(0, 0, 112, 112, 0)); // 1 + 2 + 4
    assertTrue(buddy.admit(1, 1, 48, 48, 0)); // the page left over, then 2 of another run
    assertTrue(buddy.admit(2, 2, 16, 16, 0)); // splits what is left of that run
    assertEquals(5, buddy.freePages());
    assertTrue(buddy.grow(0, 113)); // the last whole run
    assertEquals(1, buddy.freePages());
    assertFalse(buddy.grow(2, 17));
    assertFalse(buddy.admit(3, 3, 17, 17, 0), "one page is there, two more are not");
    assertEquals(0, table.pages(3));
    assertEquals(1, buddy.freePages());
  }

  /** Chunks merge with their twins again, so the longest sequence fits as before. */
  @Test
  void releaseMergesTheChunks() {
    assertTrue(buddy.admit(0, 0, 100, 100, 0));
    assertTrue(buddy.admit(1, 1, 20, 20, 0));
    buddy.release(0);
    buddy.release(1);
    assertEquals(16, buddy.freePages());
    assertTrue(buddy.admit(2, 2, 240, 240, 0));
  }

  /** 6 pages in runs of 2. Four sequences take two runs, two of them leave: one page of each run. */
  @Test
  void freePagesMayBeScattered() {
    PageTable small = new PageTable(new Pool(6, 16), 4);
    BuddyAllocator scattered = new BuddyAllocator(small, 32);
    for (int row = 0; row < 4; row++) {
      assertTrue(scattered.admit(row, row, 16, 16, 0));
    }
    scattered.release(0);
    scattered.release(2);
    assertEquals(4, scattered.freePages());
    assertTrue(scattered.grow(1, 17), "the third run is whole");
    assertEquals(2, scattered.freePages());
    assertFalse(scattered.grow(3, 17), "two are free, but not together");
  }
}
