package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Unit vectors V9 of kv-systems.md; rules of sections 3.2.1 and 3.2.3. */
final class PagedAllocatorTest {
  private static final int PAGES = 983;

  @Test
  void paperAdmits161TokensOnlyWith20FreePages() {
    PageTable table = new PageTable(new Pool(PAGES, 16), 4);
    PagedAllocator paper = PagedAllocator.vllmPaper(table, 0.01);
    assertEquals(9, paper.marginPages());
    assertTrue(paper.admit(0, 0, 0, (PAGES - 19) * 16 - 9 * 16, 0)); // leaves 28
    assertTrue(paper.admit(1, 0, 0, 9 * 16, 0)); // leaves 19
    assertFalse(paper.admit(2, 0, 0, 161, 0));
    assertEquals(19, paper.freePages());
    paper.release(1); // 28
    assertTrue(paper.admit(1, 0, 0, 8 * 16, 0)); // leaves 20
    assertTrue(paper.admit(2, 0, 0, 161, 0));
    assertEquals(9, paper.freePages());
  }

  @Test
  void v1Admits161TokensWith11FreePages() {
    PageTable table = new PageTable(new Pool(PAGES, 16), 4);
    PagedAllocator v1 = PagedAllocator.vllmV1(table);
    assertEquals(PAGES - 1, v1.freePages(), "the null page is not handed out");
    assertTrue(v1.admit(0, 0, 0, (PAGES - 1 - 10) * 16, 0));
    assertFalse(v1.admit(1, 0, 0, 161, 0));
    v1.release(0);
    assertTrue(v1.admit(0, 0, 0, (PAGES - 1 - 11) * 16, 0));
    assertTrue(v1.admit(1, 0, 0, 161, 0));
    assertEquals(0, v1.freePages());
  }

  @Test
  void takesTheTwelfthPageForToken177() {
    PageTable table = new PageTable(new Pool(100, 16), 1);
    PagedAllocator v1 = PagedAllocator.vllmV1(table);
    v1.admit(0, 0, 0, 161, 0);
    assertEquals(11, table.pages(0));
    assertTrue(v1.grow(0, 176));
    assertEquals(11, table.pages(0));
    assertTrue(v1.grow(0, 177));
    assertEquals(12, table.pages(0));
    assertTrue(v1.grow(0, 161 + 338 - 1));
    assertEquals(32, table.pages(0));
  }

  @Test
  void paperWantsAFreePageToGrowEvenIfTheLastHasRoom() {
    PageTable table = new PageTable(new Pool(4, 16), 2);
    PagedAllocator paper = PagedAllocator.vllmPaper(table, 0);
    assertTrue(paper.admit(0, 0, 0, 33, 0)); // three pages, 15 slots of room
    assertTrue(paper.grow(0, 34));
    assertTrue(paper.admit(1, 0, 0, 16, 0));
    assertFalse(paper.grow(0, 35));
    assertEquals(3, table.pages(0));
  }

  @Test
  void v1HandsPagesOutInOrderAndTakesThemBackTailFirst() {
    PageTable table = new PageTable(new Pool(6, 16), 2);
    PagedAllocator v1 = PagedAllocator.vllmV1(table);
    v1.admit(0, 0, 0, 48, 0);
    assertEquals(1, table.page(0, 0));
    assertEquals(3, table.page(0, 2));
    v1.release(0);
    v1.admit(1, 0, 0, 80, 0); // 4, 5, then what row 0 gave back: 3, 2, 1
    int[] expected = {4, 5, 3, 2, 1};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], table.page(1, i));
    }
  }
}
