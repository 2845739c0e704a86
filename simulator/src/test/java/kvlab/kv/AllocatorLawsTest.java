package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
    SLOTS(table -> ContiguousAllocator.slots(table, 30), true),
    FOUR_SLOTS(table -> ContiguousAllocator.slots(table, 25, 4), true),
    CELL_RING(table -> new CellRingAllocator(table, 30), false),
    PADDED_BATCH(PaddedBatchAllocator::new, false),
    PAPER(table -> PagedAllocator.vllmPaper(table, 0.05), false),
    V1(PagedAllocator::vllmV1, false),
    ON_DEMAND(PagedAllocator::onDemand, false),
    PROMISING(table -> new PromisingAllocator(table, PagedAllocator.onDemand(table)), false),
    SPARE_PAGE(table -> new SparePageAllocator(table, 0.2, Optional.empty()), false),
    SPARE_PAGE_PREFIX(AllocatorLawsTest::sparePage, false),
    PREFIX_TREE(table -> tree(table, false, false), false),
    PREFIX_TREE_CLAIMING_PARTS(table -> tree(table, true, false), false),
    PREFIX_TREE_COPYING_PARTS(table -> tree(table, true, true), false),
    PROMISING_PREFIX_TREE(AllocatorLawsTest::promisingTree, false),
    BUDDY_PAGES(table -> new BuddyAllocator(table, 64), false),
    VMM(table -> new VmmAllocator(table, 0.05, 256), false),
    V1_PREFIX_CACHE(table -> prefixCaching(table, 0), false),
    V1_PREFIX_HOST_TIER(table -> prefixCaching(table, 20), false),
    V0(table -> VllmV0Allocator.plain(table, 0.05), false),
    V0_PREFIX_CACHE(AllocatorLawsTest::prefixCachingV0, false),
    KEEPING(KeepingAllocator::plain, false),
    KEEPING_PREFIX(table -> KeepingAllocator.prefixCaching(table, hashes(table)), false),
    RADIX(AllocatorLawsTest::radix, false),
    HYBRID(pool -> hybrid(pool, Optional.empty())),
    HYBRID_PREFIX_CACHE(pool -> hybrid(pool, Optional.of(hashes(pool)))),
    SLIDING_PREFIX_CACHE(AllocatorLawsTest::sliding),
    JENGA(pool -> jenga(pool, 2, 3)),
    JENGA_EQUAL_KINDS(pool -> jenga(pool, 2, 2));

    final Function<Pool, Subject> make;
    final boolean contiguous;

    Kind(Function<PageTable, KvAllocator> make, boolean contiguous) {
      this.make = pool -> {
        PageTable table = new PageTable(pool, ROWS);
        return new Subject(Layout.together(table, Layers.ALIKE), make.apply(table));
      };
      this.contiguous = contiguous;
    }

    Kind(Function<Pool, Subject> make) {
      this.make = make;
      this.contiguous = false;
    }

    boolean shares() {
      return this == RADIX || name().contains("PREFIX");
    }
  }

  private record Subject(Layout layout, KvAllocator allocator) {}

  private static final int WINDOW = 12;
  private static final int ANY_STEP = 1 << 20; // tokens: a step may compute a whole sequence

  private static Subject hybrid(Pool pool, Optional<PageHashes> hashes) {
    Layout layout = new Layout(
        List.of(group(pool, 0, 2, 2), group(pool, 0, 1, 2), group(pool, 2, 0, 2)), pool, 2);
    return new Subject(layout, new HybridAllocator(layout, ANY_STEP, hashes));
  }

  private static Subject sliding(Pool pool) {
    Layout layout = new Layout(List.of(group(pool, 0, 3, 3)), pool, 3);
    Optional<PageHashes> hashes = Optional.of(hashes(pool));
    return new Subject(layout, new HybridAllocator(layout, ANY_STEP, hashes));
  }

  private static Subject jenga(Pool pool, int full, int sliding) {
    int large = full == sliding ? full : full * sliding;
    Pool fullPages = new Pool(pool.pages() * (large / full), pool.pageTokens());
    Pool slidingPages = new Pool(pool.pages() * (large / sliding), pool.pageTokens());
    Layout layout = new Layout(
        List.of(group(fullPages, full, 0, full), group(slidingPages, 0, sliding, sliding)),
        pool,
        large);
    return new Subject(layout, new JengaAllocator(layout, ANY_STEP));
  }

  private static LayerGroup group(Pool pool, int full, int sliding, int pageLayers) {
    Layers layers = new Layers(full, sliding, sliding > 0 ? WINDOW : 0);
    return new LayerGroup(new PageTable(pool, ROWS), layers, pageLayers);
  }

  /** Requests are rows here; 0 to 2, 3 to 5 and 6 to 7 share a prompt. */
  private static KvAllocator prefixCaching(PageTable table, int hostPages) {
    return new PrefixCachingAllocator(table, hashes(table), hostPages);
  }

  private static KvAllocator prefixCachingV0(PageTable table) {
    return VllmV0Allocator.prefixCaching(table, 0.05, hashes(table));
  }

  private static KvAllocator promisingTree(PageTable table) {
    return new PromisingAllocator(table, tree(table, true, true));
  }

  private static KvAllocator tree(PageTable table, boolean partial, boolean copies) {
    PrefixTreeAllocator.Settings settings =
        new PrefixTreeAllocator.Settings(partial, copies, 35, 20);
    return new PrefixTreeAllocator(table, hashes(table), settings);
  }

  private static KvAllocator sparePage(PageTable table) {
    return new SparePageAllocator(table, 0.2, Optional.of(hashes(table)));
  }

  private static KvAllocator radix(PageTable table) {
    return new RadixAllocator(table, hashes(table), 3);
  }

  private static PageHashes hashes(PageTable table) {
    return hashes(table.pool());
  }

  private static PageHashes hashes(Pool pool) {
    PageHashes hashes = PageHashes.ofTokens(pool.pageTokens());
    for (int row = 0; row < ROWS; row++) {
      hashes.start(row, row, 64, row / 3, 0, 0, i -> 0);
    }
    return hashes;
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
    Subject subject = kind.make.apply(pool);
    Layout layout = subject.layout();
    KvAllocator allocator = subject.allocator();
    int[] context = new int[ROWS];
    int freeAtStart = allocator.freePages();
    for (int call = 0; call < CALLS; call++) {
      int row = random.nextInt(ROWS);
      allocator.slide(row, context[row]);
      String before = state(layout, allocator);
      boolean changed = true;
      if (context[row] == 0) {
        int tokens = 1 + random.nextInt(128);
        int claim = Math.min(256, tokens + random.nextInt(128));
        changed = allocator.admit(row, row, tokens, tokens, claim);
        context[row] = changed ? tokens : 0;
      } else if (random.nextInt(4) == 0) {
        allocator.release(row);
        context[row] = 0;
      } else {
        changed = allocator.grow(row, context[row] + 1);
        context[row] += changed ? 1 : 0;
      }
      if (!changed) {
        assertEquals(before, state(layout, allocator), "a failed call changes nothing");
      }
      if (context[row] > 0) {
        allocator.use(row, context[row], call);
        if (allocator instanceof SparePageAllocator sharing) {
          sharing.complete(row, context[row]);
        }
      }
      check(kind, layout, allocator, context);
    }
    for (int row = 0; row < ROWS; row++) {
      if (context[row] > 0) {
        allocator.release(row);
      }
    }
    assertEquals(freeAtStart, allocator.freePages(), "all pages are free at the end");
    assertTrue(
        allocator.admit(0, 0, 1, allocator.largestSequenceTokens(), 0),
        "the largest sequence fits an empty pool");
  }

  private static void check(Kind kind, Layout layout, KvAllocator allocator, int[] context) {
    boolean[] taken = new boolean[(int) layout.capacitySlots()];
    long held = 0;
    long withheld = 0;
    for (LayerGroup group : layout.groups()) {
      checkGroup(kind, group, allocator, context);
      for (int page = 0; page < group.table().pool().pages(); page++) {
        boolean isHeld = group.table().holders(page) > 0;
        for (int slot = 0; isHeld && slot < group.layerSlots(1); slot++) {
          int at = (int) group.layerSlots(page) + slot;
          assertTrue(!taken[at], "groups do not overlap");
          taken[at] = true;
          held++;
        }
      }
      withheld += group.layerSlots(group.table().withheldPages());
    }
    assertTrue(allocator.cachedPages() <= allocator.freePages(), "what is cached is free");
    long free = layout.layerSlots(allocator.freePages()) + allocator.strandedSlots();
    assertEquals(layout.capacitySlots(), held + withheld + free, "slots are conserved");
  }

  private static void checkGroup(
      Kind kind, LayerGroup group, KvAllocator allocator, int[] context) {
    PageTable table = group.table();
    int[] owners = new int[table.pool().pages()];
    for (int row = 0; row < ROWS; row++) {
      assertTrue(table.capacityTokens(row) >= allocator.askedTokens(row), "asked is given");
      assertTrue(allocator.askedTokens(row) >= context[row], "asked covers the context");
      int unread = group.layers().full() > 0 ? 0 : group.layers().passedTokens(context[row]);
      assertTrue(table.firstPage(row) * table.pool().pageTokens() <= unread, "the window is there");
      for (int i = table.firstPage(row); i < table.pages(row); i++) {
        owners[table.page(row, i)]++;
        if (kind.contiguous && i > 0) {
          assertEquals(table.page(row, i - 1) + 1, table.page(row, i), "a row is one run");
        }
      }
    }
    int held = 0;
    for (int page = 0; page < owners.length; page++) {
      held += owners[page] > 0 ? 1 : 0;
      assertEquals(owners[page], Math.max(0, table.holders(page)), "holders are counted");
      assertTrue(owners[page] <= 1 || kind.shares(), "a page has one owner");
    }
    assertEquals(held, table.heldPages());
  }

  private static String state(Layout layout, KvAllocator allocator) {
    StringBuilder state = new StringBuilder().append(allocator.freePages());
    for (LayerGroup group : layout.groups()) {
      for (int row = 0; row < ROWS; row++) {
        int[] pages = new int[group.table().pages(row)];
        for (int i = 0; i < pages.length; i++) {
          pages[i] = group.table().page(row, i);
        }
        state.append(Arrays.toString(pages)).append(allocator.askedTokens(row));
      }
    }
    return state.append(allocator.strandedSlots()).toString();
  }
}
