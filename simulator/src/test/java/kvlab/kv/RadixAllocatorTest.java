package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Rules of SGLang's radix cache ({@code mem_cache/radix_cache.py}), and its tree written plainly. */
final class RadixAllocatorTest {
  private static final int SEEDS = 300;
  private static final int CALLS = 250;
  private static final int ROWS = 6;
  private static final int REQUESTS = 24;

  private final PageHashes hashes = new PageHashes(1);

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  private RadixAllocator allocator(PageTable table) {
    return new RadixAllocator(table, hashes, 2);
  }

  /** A finished request leaves all it computed; a prompt that is there whole computes one token. */
  @Test
  void keepsWhatIsComputedAndComputesTheLastTokenAgain() {
    PageTable table = new PageTable(new Pool(20, 1), 2);
    RadixAllocator allocator = allocator(table);
    prompt(0, 6, 7);
    prompt(1, 6, 7);
    assertTrue(allocator.admit(0, 0, 6, 6, 0));
    assertTrue(allocator.grow(0, 8)); // two generated tokens
    assertEquals(12, allocator.freePages());
    allocator.release(0);
    assertEquals(20, allocator.freePages());
    assertEquals(8, allocator.cachedPages());
    assertEquals(5, allocator.cachedTokens(1, 6));
    assertEquals(5, allocator.idleHits(1, 6));
    assertEquals(6, allocator.pagesToAdmit(1, 6, 6)); // one new, five that can no longer be evicted
    assertTrue(allocator.admit(0, 1, 6, 6, 0));
    assertEquals(3, allocator.cachedPages()); // the sixth prompt token and the generated ones
    // The sixth token was in the tree: its own page goes back, the tree's takes its place.
    allocator.cache(0);
    assertEquals(2, allocator.cachedPages());
    assertEquals(14, allocator.freePages());
  }

  /** Two requests compute the same prompt at once; the tree keeps the pages of the first. */
  @Test
  void mergesWhatTwoComputedAtOnce() {
    PageTable table = new PageTable(new Pool(20, 1), 2);
    RadixAllocator allocator = allocator(table);
    prompt(0, 6, 7);
    prompt(1, 6, 7);
    assertTrue(allocator.admit(0, 0, 6, 6, 0));
    assertTrue(allocator.admit(1, 1, 6, 6, 0));
    assertEquals(12, table.heldPages());
    allocator.cache(0);
    allocator.cache(1);
    assertEquals(6, table.heldPages());
    assertEquals(12, table.tablePages());
    assertEquals(14, allocator.freePages());
    allocator.release(0);
    assertEquals(14, allocator.freePages());
    assertEquals(0, allocator.cachedPages());
    allocator.release(1);
    assertEquals(6, allocator.cachedPages());
  }

  /**
   * Two prompts "7...7" share three tokens: ids 1 1 1 2 2 and 1 1 1 3 3. The tree is 111 with the leaves 22
   * and 33; the older leaf goes first and whole, then the other, then their stem.
   */
  @Test
  void evictsTheLeafUsedLeastRecentlyWhole() {
    PageTable table = new PageTable(new Pool(10, 1), 2);
    RadixAllocator allocator = allocator(table);
    int[] left = {1, 1, 1, 2, 2};
    int[] right = {1, 1, 1, 3, 3};
    hashes.start(0, 0, 5, 0, 1, 5, i -> left[i]);
    hashes.start(1, 1, 5, 0, 1, 5, i -> right[i]);
    prompt(2, 9, 9);
    allocator.admit(0, 0, 5, 5, 0);
    allocator.release(0);
    allocator.admit(0, 1, 5, 5, 0);
    assertEquals(5, table.heldPages());
    allocator.release(0);
    assertEquals(7, allocator.cachedPages());
    allocator.admit(0, 2, 9, 4, 0); // three are free: the leaf of request 0 goes
    assertEquals(5, allocator.cachedPages());
    assertEquals(3, allocator.cachedTokens(0, 5));
    assertEquals(4, allocator.cachedTokens(1, 5));
    allocator.grow(0, 6); // one is free: the leaf of request 1 goes
    assertEquals(3, allocator.cachedPages());
    assertEquals(3, allocator.cachedTokens(1, 5));
    allocator.makeFree(2); // the stem goes
    assertEquals(0, allocator.cachedPages());
    assertEquals(4, allocator.freePages());
  }

  /** What a running request holds is not evicted, and a retracted one leaves what was in the tree. */
  @Test
  void forgetsWhatIsNotInTheTree() {
    PageTable table = new PageTable(new Pool(8, 1), 2);
    RadixAllocator allocator = allocator(table);
    prompt(0, 4, 7);
    prompt(1, 4, 8);
    assertTrue(allocator.admit(0, 0, 4, 4, 0));
    allocator.cache(0);
    assertTrue(allocator.grow(0, 6));
    assertFalse(allocator.admit(1, 1, 4, 4, 0), "two pages are free, the locked ones are not");
    allocator.forget(0);
    allocator.release(0);
    assertEquals(4, allocator.cachedPages());
    assertEquals(4, allocator.cachedTokens(0, 6));
  }

  @Test
  void isTheRadixTreeOfTheEngines() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        new Race(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: seed=" + seed, e);
      }
    }
  }

  /** The allocator and the model under the same random calls. */
  private static final class Race {
    private final SplittableRandom random;
    private final Pool pool;
    private final PageHashes hashes;
    private final RadixAllocator allocator;
    private final RadixTreeModel tree = new RadixTreeModel();
    private final RadixTreeModel.Node[] last = new RadixTreeModel.Node[ROWS];
    private final int[] request = new int[ROWS];
    private final int[] tokens = new int[ROWS]; // 0 for an empty row
    private final int[] inTree = new int[ROWS]; // pages of the row that the tree has
    private int free;

    Race(long seed) {
      random = new SplittableRandom(seed);
      pool = new Pool(20 + random.nextInt(60), 1 + random.nextInt(4));
      hashes = new PageHashes(pool.pageTokens());
      allocator = new RadixAllocator(new PageTable(pool, ROWS), hashes, 2);
      free = pool.pages();
      for (int handle = 0; handle < REQUESTS; handle++) {
        int prompt = 1 + random.nextInt(16 * pool.pageTokens());
        int[] ids = random.ints(16, 0, 2).toArray();
        hashes.start(handle, handle, prompt, 5, pool.pageTokens(), 16, i -> ids[i]);
      }
    }

    void run() {
      for (int call = 0; call < CALLS; call++) {
        int row = random.nextInt(ROWS);
        if (tokens[row] == 0) {
          admit(row);
        } else {
          switch (random.nextInt(6)) {
            case 0 -> cache(row);
            case 1 -> release(row, random.nextInt(3) > 0);
            default -> grow(row);
          }
        }
        assertEquals(free + tree.idlePages(), allocator.freePages(), "free pages");
        assertEquals(tree.idlePages(), allocator.cachedPages(), "pages kept");
        int probe = waiting();
        assertEquals(
            tree.length(pages(probe, 12), false),
            allocator.cachedTokens(probe, 12 * pool.pageTokens() + 1) / pool.pageTokens(),
            "prefix found");
      }
    }

    private List<Long> pages(int handle, int count) {
      List<Long> pages = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        pages.add(hashes.hash(handle, i));
      }
      return pages;
    }

    /** A request in no row: nobody asks for one that runs what the tree has of it. */
    private int waiting() {
      int handle = random.nextInt(REQUESTS);
      for (int row = 0; row < ROWS; row++) {
        if (tokens[row] > 0 && request[row] == handle) {
          return waiting();
        }
      }
      return handle;
    }

    private void admit(int row) {
      int handle = waiting();
      int known = 1 + random.nextInt(20 * pool.pageTokens());
      List<Long> most = pages(handle, (known - 1) / pool.pageTokens());
      int hits = tree.length(most, false);
      int cached = hits * pool.pageTokens();
      int now = cached + 1 + random.nextInt(known - cached);
      int missing = pool.pagesFor(now) - hits;
      boolean room = missing + tree.length(most, true) <= free + tree.idlePages();
      assertEquals(room, allocator.admit(row, handle, known, now, 0), "admitted");
      if (room) {
        last[row] = tree.match(most);
        tree.lock(last[row], 1);
        take(missing);
        request[row] = handle;
        tokens[row] = now;
        inTree[row] = hits;
      }
    }

    private void take(int pages) {
      while (free < pages) {
        free += tree.evict();
      }
      free -= pages;
    }

    private void grow(int row) {
      int more = tokens[row] + 1 + random.nextInt(5);
      int missing = pool.pagesFor(more) - pool.pagesFor(tokens[row]);
      boolean room = missing <= free + tree.idlePages();
      assertEquals(room, allocator.grow(row, more), "grown");
      if (room) {
        take(missing);
        tokens[row] = more;
      }
    }

    private void cache(int row) {
      allocator.cache(row);
      insert(row);
    }

    private void insert(int row) {
      List<Long> full = pages(request[row], tokens[row] / pool.pageTokens());
      free += tree.length(full, false) - inTree[row]; // computed twice
      RadixTreeModel.Node node = tree.insert(full);
      tree.lock(node, 1);
      tree.lock(last[row], -1);
      last[row] = node;
      inTree[row] = full.size();
    }

    private void release(int row, boolean keep) {
      if (keep) {
        insert(row);
      } else {
        allocator.forget(row);
      }
      allocator.release(row);
      tree.lock(last[row], -1);
      free += pool.pagesFor(tokens[row]) - inTree[row];
      tokens[row] = 0;
    }
  }
}
