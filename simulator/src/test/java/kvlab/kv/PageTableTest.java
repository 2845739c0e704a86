package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PageTableTest {
  @Test
  void stopsAPageFromHavingTwoOwners() {
    PageTable table = new PageTable(new Pool(8, 16), 2);
    table.append(0, 5);
    Throwable e = assertThrows(IllegalStateException.class, () -> table.append(1, 5));
    assertEquals("page 5 is held by 1 and was given to row 1", e.getMessage());
  }

  @Test
  void withheldPagesCannotBeTaken() {
    PageTable table = new PageTable(new Pool(8, 16), 2);
    table.withhold(0);
    assertThrows(IllegalStateException.class, () -> table.appendRun(0, 0, 2));
  }

  @Test
  void countsASharedPageOnceAndFreesItWithItsLastHolder() {
    PageTable table = new PageTable(new Pool(8, 16), 2);
    table.append(0, 5);
    table.share(1, 5);
    assertEquals(1, table.heldPages());
    assertEquals(2, table.tablePages());
    assertEquals(5, table.removeLast(0));
    assertEquals(1, table.holders(5));
    assertEquals(5, table.removeLast(1));
    assertEquals(0, table.heldPages());
    assertEquals(0, table.holders(5));
  }

  @Test
  void findsTheSlotOfAPosition() {
    PageTable table = new PageTable(new Pool(100, 16), 2);
    table.append(1, 7);
    table.append(1, 3);
    assertEquals(7 * 16, table.slot(1, 0));
    assertEquals(7 * 16 + 15, table.slot(1, 15));
    assertEquals(3 * 16 + 4, table.slot(1, 20));
  }

  @Test
  void keepsEveryRowWhenARowOutgrowsTheStride() {
    PageTable table = new PageTable(new Pool(2000, 16), 3);
    table.append(0, 1999);
    table.appendRun(2, 100, 1000);
    table.append(0, 1998);
    assertTrue(table.stride() >= 1000);
    assertEquals(1999, table.page(0, 0));
    assertEquals(1998, table.page(0, 1));
    assertEquals(1099, table.page(2, 999));
    assertEquals(1002, table.heldPages());
    table.clear(2);
    assertEquals(2, table.heldPages());
  }

  @Test
  void keepsEveryRowWhenARowBeyondTheDepthIsWritten() {
    PageTable table = new PageTable(new Pool(2000, 16), 1000);
    table.append(0, 7);
    table.append(999, 8);
    table.append(500, 9);
    assertEquals(7, table.page(0, 0));
    assertEquals(8, table.page(999, 0));
    assertEquals(9, table.page(500, 0));
    table.clear(999);
    assertEquals(2, table.heldPages());
  }
}
