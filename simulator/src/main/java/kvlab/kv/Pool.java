package kvlab.kv;

import org.jspecify.annotations.Nullable;

/**
 * The dimensions of a device's KV arena.
 *
 * @param pages pages of the pool
 * @param pageTokens slots of a page; a slot holds one token's K and V in every layer
 */
public record Pool(int pages, int pageTokens) {
  public Pool {
    if (pages < 1 || pageTokens < 1) {
      throw new IllegalArgumentException(
          "a pool needs at least one page of one token: " + pages + " x " + pageTokens);
    }
    if ((long) pages * pageTokens > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a pool holds at most 2^31 - 1 slots: " + pages + " x " + pageTokens);
    }
  }

  // Written out: the JVM makes those of a record at their first use, in 10 ms of a short run.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Pool its && pages == its.pages && pageTokens == its.pageTokens;
  }

  @Override
  public int hashCode() {
    return 31 * pages + pageTokens;
  }

  /** All slots of the pool: the capacity C of the accounting. */
  public int slots() {
    return pages * pageTokens;
  }

  /** Pages that hold so many tokens. */
  public int pagesFor(int tokens) {
    return tokens == 0 ? 0 : (tokens - 1) / pageTokens + 1;
  }
}
