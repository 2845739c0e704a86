package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * 2 full and 3 sliding layers, pages of 2 tokens, a window of 4, by hand: a large page has 6 layers, which
 * are 3 small pages of the full kind or 2 of the sliding kind.
 */
final class JengaAllocatorTest {
  /** An allocator and what it writes. */
  private static final class Setup {
    final PageTable full;
    final PageTable sliding;
    final JengaAllocator allocator;

    Setup(int largePages) {
      full = new PageTable(new Pool(3 * largePages, 2), 4);
      sliding = new PageTable(new Pool(2 * largePages, 2), 4);
      List<LayerGroup> kinds = List.of(
          new LayerGroup(full, new Layers(2, 0, 0), 2),
          new LayerGroup(sliding, new Layers(0, 3, 4), 3));
      allocator = new JengaAllocator(new Layout(kinds, new Pool(largePages, 2), 6), 8);
    }

    boolean admit(int row, int tokens) {
      return allocator.admit(row, row, tokens, tokens, tokens);
    }
  }

  @Test
  void aSequenceTakesLargePagesOfItsOwnWhileThereAreEnough() {
    Setup setup = new Setup(6);
    assertTrue(setup.admit(0, 2));
    assertTrue(setup.admit(1, 2));
    assertEquals(0, setup.full.page(0, 0)); // large page 0
    assertEquals(2, setup.sliding.page(0, 0)); // large page 1
    assertEquals(6, setup.full.page(1, 0)); // large page 2
    assertEquals(6, setup.sliding.page(1, 0)); // large page 3
    assertEquals(2, setup.allocator.freePages());
    // of each sequence 2 full small pages and a sliding one, 2 tokens each
    assertEquals(2 * (2 * 2 * 2 + 1 * 2 * 3), setup.allocator.strandedSlots());
  }

  @Test
  void aShortageIsMetFromTheLargePagesOfOthers() {
    Setup setup = new Setup(3);
    assertTrue(setup.admit(0, 2));
    // 2 of each kind: at most 1 + 1 large pages, at least 0 + 1, and there is 1
    assertEquals(1, setup.allocator.pagesToAdmit(1, 4, 4));
    assertTrue(setup.admit(1, 4));
    assertEquals(1, setup.full.page(1, 0), "beside the page of row 0");
    assertEquals(2, setup.full.page(1, 1));
    assertEquals(4, setup.sliding.page(1, 0), "large page 2");
    assertEquals(0, setup.allocator.freePages());
    assertEquals(1, setup.allocator.pagesToAdmit(2, 2, 2));
    assertFalse(setup.admit(2, 2), "no small page of the full kind is left");
    setup.allocator.release(1);
    assertEquals(1, setup.allocator.freePages(), "large page 0 still has a page of row 0");
    setup.allocator.release(0);
    assertEquals(3, setup.allocator.freePages());
    assertEquals(0, setup.allocator.strandedSlots());
  }

  @Test
  void whatASequenceLeavesInSharedLargePagesIsAdopted() {
    Setup setup = new Setup(2);
    assertTrue(setup.admit(0, 2));
    assertTrue(setup.admit(1, 2));
    assertEquals(1, setup.full.page(1, 0));
    assertEquals(3, setup.sliding.page(1, 0));
    setup.allocator.release(0);
    assertEquals(0, setup.allocator.freePages());
    assertFalse(setup.admit(2, 4), "the sliding kind has one small page left");
    assertTrue(setup.admit(2, 2));
    assertEquals(0, setup.full.page(2, 0));
    assertEquals(2, setup.sliding.page(2, 0));
    assertFalse(setup.allocator.grow(2, 3));
    setup.allocator.release(1);
    assertTrue(setup.allocator.grow(2, 4), "with room in the large page that it adopted");
    assertEquals(2, setup.full.page(2, 1));
  }

  @Test
  void aLargePageThatTheWindowHasPassedServesTheOtherKind() {
    Setup setup = new Setup(4);
    assertTrue(setup.admit(0, 8)); // 4 columns: 2 large pages of each kind
    assertEquals(0, setup.allocator.freePages());
    setup.allocator.slide(0, 8); // 5 tokens are passed: 2 small pages, one large one
    assertEquals(2, setup.sliding.firstPage(0));
    assertEquals(1, setup.allocator.freePages());
    assertTrue(setup.allocator.grow(0, 12)); // full: 2 more, in its own; sliding: a large page
    assertEquals(0, setup.allocator.freePages());
    // 20 tokens take 4 + 3 large pages: of the sliding kind ceil((3 + 8) / 2) + 1 = 7 at most
    assertEquals(4 + 4, new Setup(20).allocator.pagesToAdmit(0, 20, 20));
  }
}
