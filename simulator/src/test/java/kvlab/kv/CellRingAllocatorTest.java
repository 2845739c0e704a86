package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** {@code find_slot} of llama.cpp's {@code src/llama-kv-cache.cpp} by hand, on 10 cells. */
final class CellRingAllocatorTest {
  private final PageTable table = new PageTable(new Pool(12, 1), 4);
  private final CellRingAllocator allocator = new CellRingAllocator(table, 10);

  private String cells(int row) {
    StringBuilder cells = new StringBuilder();
    for (int i = 0; i < table.pages(row); i++) {
      cells.append(table.page(row, i)).append(' ');
    }
    return cells.toString().strip();
  }

  private void admit(int row, int tokens) {
    assertTrue(allocator.admit(row, row, tokens, tokens, 0));
  }

  @Test
  void theSearchGoesOnFromTheLastRun() {
    admit(0, 3);
    admit(1, 3);
    assertTrue(allocator.grow(0, 4));
    assertEquals("0 1 2 6", cells(0));
    assertEquals("3 4 5", cells(1));
    assertEquals(3, allocator.freePages());
  }

  /** Cells 3 to 5 and 8 to 9 are free: no run of 4, so two of 2. Freed cells draw the head back to 3. */
  @Test
  void splitsWhatFindsNoRun() {
    admit(0, 3);
    admit(1, 3);
    admit(2, 2);
    allocator.release(1);
    admit(3, 4);
    assertEquals("3 4 8 9", cells(3));
    assertEquals(1, allocator.freePages());
    assertTrue(allocator.grow(3, 5));
    assertEquals("3 4 8 9 5", cells(3));
  }

  @Test
  void refusesMoreThanThereIsAndLeavesTheRestOfThePoolAlone() {
    admit(0, 6);
    assertFalse(allocator.admit(1, 1, 5, 5, 0));
    assertEquals(4, allocator.freePages());
    assertEquals(2, table.withheldPages());
    assertEquals(10, allocator.largestSequenceTokens());
  }
}
