package kvlab.kv;

import java.util.Arrays;

/**
 * The pages that waiting requests remember, as columns by request: TurboMind's {@code Sequence::blocks}
 * and {@code block_unique_ids}. A page that was given away since has another version, and neither it nor
 * those behind it are of use any more.
 */
final class KeptPages {
  private static final int[] NONE = {};
  private static final long NEVER = -1;

  private final int pageTokens;
  private final int[] version; // [page] times that it was given away
  private final int[] keepers; // [page] requests that remember this version
  private int[][] page = {}; // [request][index]
  private int[][] versions = {};
  private int[] pages = {}; // [request]
  private int[] tokens = {}; // [request] leading tokens whose KV the pages hold
  private long[] lookedAt = {}; // [request] state of the index when it looked
  private int[] robbed = new int[16]; // requests robbed in this step
  private int robbedRequests;

  KeptPages(Pool pool) {
    pageTokens = pool.pageTokens();
    version = new int[pool.pages()];
    keepers = new int[pool.pages()];
  }

  int pages(int request) {
    return request < pages.length ? pages[request] : 0;
  }

  /** Leading tokens that need not be computed again. */
  int tokens(int request) {
    return request < pages.length ? tokens[request] : 0;
  }

  int page(int request, int index) {
    return page[request][index];
  }

  boolean isKept(int itsPage) {
    return keepers[itsPage] > 0;
  }

  /** Remembers one more page. */
  void keep(int request, int itsPage) {
    makeRoom(request);
    int at = pages[request]++;
    page[request][at] = itsPage;
    versions[request][at] = version[itsPage];
    keepers[itsPage]++;
  }

  /** The request's pages hold the KV of so many tokens. */
  void hold(int request, int itsTokens) {
    makeRoom(request);
    tokens[request] = itsTokens;
  }

  /** Forgets the request's last page, and returns it. */
  int forgetLast(int request) {
    int at = --pages[request];
    int itsPage = page[request][at];
    keepers[itsPage] -= versions[request][at] == version[itsPage] ? 1 : 0;
    tokens[request] = Math.min(tokens[request], at * pageTokens);
    return itsPage;
  }

  /** The page is given to somebody else: nobody's memory of it holds any more. */
  void giveAway(int itsPage) {
    version[itsPage]++;
    keepers[itsPage] = 0;
  }

  /** Leading pages of the request that were not given away. */
  int validPages(int request) {
    int valid = 0;
    while (valid < pages(request) && versions[request][valid] == version[page[request][valid]]) {
      valid++;
    }
    return valid;
  }

  void addRobbed(int request) {
    if (robbedRequests == robbed.length) {
      robbed = Arrays.copyOf(robbed, robbedRequests * 2);
    }
    robbed[robbedRequests++] = request;
  }

  int robbedRequests() {
    return robbedRequests;
  }

  /** One of those that were robbed, who is not among them any more; there is one. */
  int removeRobbed() {
    return robbed[--robbedRequests];
  }

  /** Whether the index is in another state than when the request looked, if it did. */
  boolean changedSince(int request, long state) {
    return request >= pages.length || lookedAt[request] != state;
  }

  void looked(int request, long state) {
    lookedAt[request] = state;
  }

  /** The request waits no longer; its handle may be another one's when it looks next. */
  void leave(int request) {
    if (request < pages.length) {
      lookedAt[request] = NEVER;
    }
  }

  private void makeRoom(int request) {
    if (request >= pages.length) {
      int before = pages.length;
      int requests = Math.max(64, Math.max(request + 1, before * 2));
      page = Arrays.copyOf(page, requests);
      versions = Arrays.copyOf(versions, requests);
      Arrays.fill(page, before, requests, NONE);
      Arrays.fill(versions, before, requests, NONE);
      pages = Arrays.copyOf(pages, requests);
      tokens = Arrays.copyOf(tokens, requests);
      lookedAt = Arrays.copyOf(lookedAt, requests);
      Arrays.fill(lookedAt, before, requests, NEVER);
    }
    if (pages[request] == page[request].length) {
      int room = Math.max(8, pages[request] * 2);
      page[request] = Arrays.copyOf(page[request], room);
      versions[request] = Arrays.copyOf(versions[request], room);
    }
  }
}
