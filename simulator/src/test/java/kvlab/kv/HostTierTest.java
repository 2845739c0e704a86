package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The CPU tier of vLLM's KV offloading: {@code vllm/v1/kv_offload/lru_manager.py}, on pages of 16. */
final class HostTierTest {
  private final PageHashes hashes = new PageHashes(16);

  private void prompt(int request, int tokens, long key) {
    hashes.start(request, request, tokens, key, 0, 0, i -> 0);
  }

  private static PageTable table() {
    return new PageTable(new Pool(5, 16), 4); // 4 of use
  }

  @Test
  void givesUpTheLeastRecentlyUsed() {
    HostTier tier = new HostTier(2);
    tier.use(10);
    tier.use(11);
    tier.use(10);
    tier.use(12);
    assertTrue(tier.contains(10));
    assertFalse(tier.contains(11));
    assertTrue(tier.contains(12));
  }

  @Test
  void aTierOfNothingHoldsNothing() {
    HostTier tier = new HostTier(0);
    tier.use(10);
    assertFalse(tier.contains(10));
  }

  /** {@code lookup}: a prompt whose 3 pages were evicted is found on the host and loaded, 48 tokens. */
  @Test
  void loadsWhatTheDeviceHasForgotten() {
    PageTable table = table();
    PrefixCachingAllocator allocator = new PrefixCachingAllocator(table, hashes, 100);
    prompt(0, 49, 7);
    prompt(1, 64, 8);
    prompt(2, 49, 7);
    assertTrue(allocator.admit(0, 0, 49, 49, 0));
    allocator.release(0);
    assertTrue(allocator.admit(1, 1, 64, 64, 0)); // takes all four pages
    allocator.release(1);
    assertEquals(48, allocator.cachedTokens(2, 49));
    assertEquals(4, allocator.pagesToAdmit(2, 49, 49), "what is loaded needs pages");
    assertEquals(0, allocator.takeLoadedTokens());
    assertTrue(allocator.admit(0, 2, 49, 49, 0));
    assertEquals(48, allocator.takeLoadedTokens());
    assertEquals(0, allocator.takeLoadedTokens());
  }

  /** The device has the first page still, so the host gives the second and third: 32 tokens. */
  @Test
  void loadsFromWhereTheDeviceEnds() {
    PageTable table = table();
    PrefixCachingAllocator allocator = new PrefixCachingAllocator(table, hashes, 100);
    prompt(0, 49, 7);
    prompt(1, 48, 8);
    prompt(2, 49, 7);
    assertTrue(allocator.admit(0, 0, 49, 49, 0)); // pages 1 to 4
    allocator.release(0); // the queue is 4 3 2 1
    assertTrue(allocator.admit(1, 1, 48, 48, 0)); // 4 3 2
    allocator.release(1); // 1 2 3 4
    assertEquals(48, allocator.cachedTokens(2, 49));
    assertEquals(4, allocator.pagesToAdmit(2, 49, 49)); // page 1 again and three others
    assertTrue(allocator.admit(0, 2, 49, 49, 0));
    assertEquals(1, table.page(0, 0));
    assertEquals(32, allocator.takeLoadedTokens());
  }

  /** A tier of 2 pages keeps the last 2 of a prompt of 3, which are of no use without the first. */
  @Test
  void aTierTooSmallForAPrefixFindsNothing() {
    PageTable table = table();
    PrefixCachingAllocator allocator = new PrefixCachingAllocator(table, hashes, 2);
    prompt(0, 49, 7);
    prompt(1, 64, 8);
    prompt(2, 49, 7);
    allocator.admit(0, 0, 49, 49, 0);
    allocator.release(0);
    allocator.admit(1, 1, 64, 64, 0);
    allocator.release(1);
    assertEquals(0, allocator.cachedTokens(2, 49));
  }

  /** A refused admission loads nothing. */
  @Test
  void aFailedAdmissionChangesNothing() {
    PageTable table = table();
    PrefixCachingAllocator allocator = new PrefixCachingAllocator(table, hashes, 100);
    prompt(0, 49, 7);
    prompt(1, 64, 8);
    prompt(2, 49, 7);
    allocator.admit(0, 0, 49, 49, 0);
    allocator.release(0);
    allocator.admit(1, 1, 64, 64, 0);
    assertFalse(allocator.admit(0, 2, 49, 49, 0));
    assertEquals(0, allocator.takeLoadedTokens());
    assertEquals(0, table.pages(0));
  }
}
