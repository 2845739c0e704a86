package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** SOSP 2023, section 4.4, and the unit vector for parallel sampling of kv-systems.md, V9. */
final class ForkingAllocatorTest {
  /** n = 4, P = 20: 2 shared pages; first decode step: 3 copies, 1 in place; 5 pages for 8 entries. */
  @Test
  void aFirstWriteIntoASharedPageCopiesIt() {
    PageTable table = new PageTable(new Pool(20, 16), 4);
    ForkingAllocator allocator = new ForkingAllocator(table, 4, 0);
    assertTrue(allocator.admit(0, 0, 20, 20, 0));
    for (int row = 1; row < 4; row++) {
      allocator.fork(0, row);
    }
    assertEquals(2, table.heldPages());
    assertEquals(8, table.tablePages());
    for (int row = 0; row < 4; row++) {
      assertTrue(allocator.grow(row, 21));
    }
    assertEquals(5, table.heldPages());
    assertEquals(8, table.tablePages());
    assertEquals(3 * 16, allocator.takeCopiedTokens());
    assertEquals(0, allocator.takeCopiedTokens());
    for (int row = 0; row < 4; row++) {
      allocator.release(row);
    }
    assertEquals(20, allocator.freePages());
  }

  @Test
  void nothingIsCopiedWhenThePromptFillsItsPages() {
    PageTable table = new PageTable(new Pool(20, 16), 2);
    ForkingAllocator allocator = new ForkingAllocator(table, 2, 0);
    allocator.admit(0, 0, 32, 32, 0);
    allocator.fork(0, 1);
    allocator.grow(0, 33);
    allocator.grow(1, 33);
    assertEquals(0, allocator.takeCopiedTokens());
    assertEquals(4, table.heldPages());
  }
}
