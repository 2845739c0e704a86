package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Laws of every allocator under random calls; a failure names the seed that reproduces it. */
final class AllocatorLawsTest {
  private static final int SEEDS = 200;
  private static final int CALLS = 400;
  private static final int ROWS = 8;

  enum Kind {
    BUDDY(table -> ContiguousAllocator.buddy(table, 256), true),
    FIRST_FIT(ContiguousAllocator::firstFit, true),
    BEST_FIT(ContiguousAllocator::bestFit, true),
    PAPER(table -> PagedAllocator.vllmPaper(table, 0.05), false),
    V1(PagedAllocator::vllmV1, false);

    final Function<PageTable, KvAllocator> make;
    final boolean contiguous;

    Kind(Function<PageTable, KvAllocator> make, boolean contiguous) {
      this.make = make;
      this.contiguous = contiguous;
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsItsLaws(Kind kind) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        run(kind, seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: " + kind + " seed=" + seed, e);
      }
    }
  }

  private static void run(Kind kind, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Pool pool = new Pool(32 + random.nextInt(96), 1 + random.nextInt(16));
    PageTable table = new PageTable(pool, ROWS);
    KvAllocator allocator = kind.make.apply(table);
    int[] context = new int[ROWS];
    int freeAtStart = allocator.freePages();
    for (int call = 0; call < CALLS; call++) {
      int row = random.nextInt(ROWS);
      String before = state(table, allocator);
      boolean changed = true;
      if (context[row] == 0) {
        int tokens = 1 + random.nextInt(128);
        changed = allocator.admit(row, tokens, Math.min(256, tokens + random.nextInt(128)));
        context[row] = changed ? tokens : 0;
      } else if (random.nextInt(4) == 0) {
        allocator.release(row);
        context[row] = 0;
      } else {
        changed = allocator.grow(row, context[row] + 1);
        context[row] += changed ? 1 : 0;
      }
      if (!changed) {
        assertEquals(before, state(table, allocator), "a failed call changes nothing");
      }
      check(kind, table, allocator, context);
    }
    for (int row = 0; row < ROWS; row++) {
      if (context[row] > 0) {
        allocator.release(row);
      }
    }
    assertEquals(freeAtStart, allocator.freePages(), "all pages are free at the end");
    assertTrue(
        allocator.admit(0, allocator.largestSequenceTokens(), 0),
        "the largest sequence fits an empty pool");
  }

  private static void check(Kind kind, PageTable table, KvAllocator allocator, int[] context) {
    int[] owners = new int[table.pool().pages()];
    int held = 0;
    for (int row = 0; row < ROWS; row++) {
      assertTrue(table.capacityTokens(row) >= allocator.askedTokens(row), "asked is given");
      assertTrue(allocator.askedTokens(row) >= context[row], "asked covers the context");
      for (int i = 0; i < table.pages(row); i++) {
        assertEquals(1, ++owners[table.page(row, i)], "a page has one owner");
        assertEquals(row, table.ownerRow(table.page(row, i)));
        if (kind.contiguous && i > 0) {
          assertEquals(table.page(row, i - 1) + 1, table.page(row, i), "a row is one run");
        }
      }
      held += table.pages(row);
    }
    assertEquals(held, table.heldPages());
    assertEquals(
        table.pool().pages(),
        held + table.withheldPages() + allocator.freePages(),
        "pages are conserved");
  }

  private static String state(PageTable table, KvAllocator allocator) {
    StringBuilder state = new StringBuilder().append(allocator.freePages());
    for (int row = 0; row < ROWS; row++) {
      int[] pages = new int[table.pages(row)];
      for (int i = 0; i < pages.length; i++) {
        pages[i] = table.page(row, i);
      }
      state.append(Arrays.toString(pages)).append(allocator.askedTokens(row));
    }
    return state.toString();
  }
}
