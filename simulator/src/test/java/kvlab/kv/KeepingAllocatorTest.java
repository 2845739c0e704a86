package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * TurboMind's blocks worked by hand from {@code src/turbomind/models/llama/{SequenceManager,BlockManager,
 * BlockTrie}.cc} (0397f35); pages of 4 tokens.
 */
final class KeepingAllocatorTest {
  private static final int NO_ROW = -1;
  private final PageHashes hashes = new PageHashes(4);

  private KeepingAllocator caching(int pages) {
    return KeepingAllocator.prefixCaching(new PageTable(new Pool(pages, 4), 4), hashes);
  }

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  /** {@code Verify}: what was given away is lost with all behind it; {@code Evict}: the tail goes first. */
  @Test
  void keepsAPrefixOfWhatItWasRobbedOf() {
    KeepingAllocator pages = KeepingAllocator.plain(new PageTable(new Pool(4, 4), 4));
    assertTrue(pages.admit(0, 0, 14, 14, 0));
    pages.rob(0, 14);
    assertEquals(4, pages.takeablePages());
    assertEquals(4, pages.cachedPages());
    assertTrue(pages.admit(1, 1, 5, 5, 0));
    pages.lockKept();
    assertEquals(2, pages.keptPages(0));
    assertEquals(8, pages.cachedTokens(0, 15));
    assertEquals(0, pages.takeablePages());
    assertEquals(2, pages.freePages());
    assertEquals(2, pages.cachedPages());
  }

  /** {@code VerifyAndLockCached}: with every page there, the sequence goes on as if nothing had been. */
  @Test
  void losesNothingWhenNobodyNeededIt() {
    KeepingAllocator pages = KeepingAllocator.plain(new PageTable(new Pool(4, 4), 4));
    assertTrue(pages.admit(0, 0, 6, 6, 0));
    pages.rob(0, 6);
    pages.lockKept();
    assertEquals(6, pages.cachedTokens(0, 7));
    assertEquals(0, pages.pagesToAdmit(0, 7, 7));
    assertTrue(pages.admit(2, 0, 7, 7, 0));
    assertEquals(2, pages.freePages());
    assertEquals(0, pages.cachedPages());
  }

  /** {@code Schedule::Unlock}: a shared page is free when the last of its users is robbed. */
  @Test
  void aSharedPageIsLostWithItsLastUser() {
    KeepingAllocator pages = caching(8);
    prompt(0, 9, 7);
    prompt(1, 9, 7);
    assertTrue(pages.admit(0, 0, 9, 9, 0));
    pages.cache(0, 9);
    pages.match(1, 9);
    assertEquals(8, pages.cachedTokens(1, 9));
    assertTrue(pages.admit(1, 1, 9, 9, 0));
    assertEquals(4, pages.freePages());
    pages.countLosses();
    assertEquals(1, pages.loss(1, 1));
    assertEquals(3, pages.loss(0, 0));
    pages.countLosses();
    assertEquals(1, pages.loss(0, 0));
  }

  /** {@code PrefixMatch} locks what a waiting request finds, so that it counts as used by it. */
  @Test
  void aWaitingRequestKeepsWhatItFinds() {
    KeepingAllocator pages = caching(4);
    prompt(0, 9, 7);
    prompt(1, 9, 7);
    assertTrue(pages.admit(0, 0, 9, 9, 0));
    pages.release(0);
    assertEquals(4, pages.takeablePages());
    assertEquals(2, pages.cachedPages()); // the third is not full
    pages.match(1, 9);
    assertEquals(2, pages.keptPages(1));
    assertEquals(2, pages.takeablePages());
    pages.countLosses();
    assertEquals(2, pages.loss(1, NO_ROW));
    pages.robKept(1);
    assertEquals(4, pages.takeablePages());
    pages.lockKept();
    assertEquals(2, pages.takeablePages());
  }

  /** {@code BlockTrie::Cache}: the page cached last stands for its tokens. */
  @Test
  void theLatestOfTwoEqualPagesIsFound() {
    PageTable table = new PageTable(new Pool(8, 4), 4);
    KeepingAllocator pages = KeepingAllocator.prefixCaching(table, hashes);
    prompt(0, 5, 7);
    prompt(1, 5, 7);
    prompt(2, 5, 7);
    assertTrue(pages.admit(0, 0, 5, 5, 0));
    assertTrue(pages.admit(1, 1, 5, 5, 0));
    pages.cache(0, 5);
    pages.cache(1, 5);
    pages.match(2, 5);
    assertTrue(pages.admit(2, 2, 5, 5, 0));
    assertEquals(table.page(1, 0), table.page(2, 0));
  }

  /** A handle is a request's for as long as it is there; the next one looks for itself. */
  @Test
  void aReusedHandleLooksAgain() {
    KeepingAllocator pages = caching(8);
    prompt(0, 5, 7);
    assertTrue(pages.admit(0, 0, 5, 5, 0));
    pages.cache(0, 5);
    prompt(1, 5, 8);
    pages.match(1, 5);
    assertEquals(0, pages.keptPages(1));
    assertTrue(pages.admit(1, 1, 3, 3, 0)); // 3 tokens: no full page, nothing new to be found
    pages.release(1);
    prompt(1, 5, 7);
    pages.match(1, 5);
    assertEquals(1, pages.keptPages(1));
  }
}
