package kvlab.kv;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * The identity of every full page of a request's tokens: two pages have equal hashes when they and all
 * pages before them hold the same tokens. What tokens are is known as far as a trace tells it:
 *
 * <pre>
 *   prompt token at position p     with hash ids: (id of unit p / unitTokens, p % unitTokens)
 *                                  else, and beyond the last id: (prompt key, p)
 *   generated token                unique to its request and position
 * </pre>
 *
 * Inside a page two requests share, for sure, the tokens up to the first unit, key or request in which
 * they differ, and no more is said: of two units with different ids the first tokens may be the same, but
 * nobody knows. A prompt without ids shares all tokens of a shorter prompt with the same key.
 *
 * <p>A hash is 64 bits, mixed along the chain of pages. Among n different pages two get the same hash with
 * a probability of about n^2 / 2^65: 3e-6 for ten million. vLLM hashes the same chain with SHA-256 or
 * with Python's 64-bit hash.
 */
public final class PageHashes {
  private static final long FIRST = 0x9e3779b97f4a7c15L;
  private static final long KEYED = 1;
  private static final long GENERATED = 2;

  private final int pageTokens;
  private long[][] hashes = new long[64][]; // [request][page]
  private int[] known = new int[64]; // [request] pages hashed so far
  private int[] promptPages = new int[64]; // [request]
  private long[] id = new long[64]; // [request]
  private long[] key = new long[64]; // [request]
  private int[] prompt =
      new int[64]; // [request] its tokens; as what follows, where tokens are told apart
  private int[] unit = new int[64]; // [request] tokens per id
  private int[] units = new int[64]; // [request] ids
  private long[][] unitIds = new long[64][]; // [request][unit]
  private final boolean tellsTokens;
  private boolean promptsDiffer;

  /** Tells pages apart. */
  public PageHashes(int pageTokens) {
    this(pageTokens, false);
  }

  private PageHashes(int pageTokens, boolean tellsTokens) {
    this.pageTokens = pageTokens;
    this.tellsTokens = tellsTokens;
  }

  /** Tells pages apart, and tokens inside pages as far as they are known. */
  public static PageHashes ofTokens(int pageTokens) {
    return new PageHashes(pageTokens, true);
  }

  /**
   * Says that every request to come has a prompt key of its own and no hash ids, as in a trace that does not
   * tell what prompts hold. Then nobody shares a page, and one is hashed only when its request asks.
   */
  public void promptsDiffer() {
    promptsDiffer = true;
  }

  /**
   * Takes up a request that has arrived: hashes the full pages of its prompt that others may have.
   *
   * @param request its handle, which may have been another request's
   * @param itsId unique among all requests
   * @param promptKey equal for requests that share their prompt
   * @param unitTokens prompt tokens per hash id, 0 without ids
   * @param ids how many ids there are
   */
  public void start(
      int request,
      long itsId,
      int promptTokens,
      long promptKey,
      int unitTokens,
      int ids,
      IntToLongFunction idAt) {
    if (request >= hashes.length) {
      int capacity = Math.max(request + 1, hashes.length * 2);
      hashes = Arrays.copyOf(hashes, capacity);
      known = Arrays.copyOf(known, capacity);
      promptPages = Arrays.copyOf(promptPages, capacity);
      id = Arrays.copyOf(id, capacity);
      prompt = Arrays.copyOf(prompt, capacity);
      key = Arrays.copyOf(key, capacity);
      unit = Arrays.copyOf(unit, capacity);
      units = Arrays.copyOf(units, capacity);
      unitIds = Arrays.copyOf(unitIds, capacity);
    }
    key[request] = promptKey;
    if (tellsTokens) {
      prompt[request] = promptTokens;
      unit[request] = unitTokens;
      units[request] = ids;
      if (unitIds[request] == null || unitIds[request].length < ids) {
        unitIds[request] = new long[ids + ids / 4];
      }
      for (int i = 0; i < ids; i++) {
        unitIds[request][i] = idAt.applyAsLong(i);
      }
    }
    int pages = promptTokens / pageTokens;
    int shared = promptsDiffer ? 0 : pages;
    if (hashes[request] == null || hashes[request].length < shared) {
      hashes[request] =
          new long[shared + shared / 4]; // for outputs, and for others with this handle
    }
    long[] chain = hashes[request];
    long keyed = mix(KEYED, promptKey);
    long hash = FIRST;
    for (int page = 0; page < shared; page++) {
      hash = promptPage(hash, page * pageTokens, keyed, unitTokens, ids, idAt);
      chain[page] = hash;
    }
    known[request] = shared;
    promptPages[request] = pages;
    id[request] = itsId;
  }

  /** Leading pages of the request that others may have; no other request has any beyond them. */
  int sharedPages(int request) {
    return promptsDiffer ? 0 : promptPages[request];
  }

  /** What a page adds is mixed apart from the chain, so that pages wait for each other just once. */
  private long promptPage(
      long before, int from, long keyed, int unitTokens, int ids, IntToLongFunction idAt) {
    int to = from + pageTokens;
    int covered = (int) Math.min(to, (long) ids * unitTokens);
    long hash = before;
    int at = from;
    while (at < covered) {
      int unit = at / unitTokens;
      int end = Math.min(covered, (unit + 1) * unitTokens);
      hash = mix(hash, mix(idAt.applyAsLong(unit), at - unit * unitTokens));
      at = end;
    }
    return at < to ? mix(hash, mix(keyed, at)) : hash;
  }

  /** The hash of a page that is full of known tokens, generated ones included. */
  public long hash(int request, int page) {
    if (page >= known[request]) {
      extend(request, page + 1);
    }
    return hashes[request][page];
  }

  /** What a run of tokens at the start of a page means: the hash of all before it and the run. */
  long start(int request, int page, long identity) {
    return mix(page == 0 ? FIRST : hash(request, page - 1), identity);
  }

  /** Writes down what the first so many tokens of the request's page are; tokens are told apart. */
  void describe(int request, int page, int tokens, TokenRuns runs, int entry) {
    long[] ids = unitIds[request];
    int unitTokens = unit[request];
    int from = page * pageTokens;
    int to = from + tokens;
    int promptEnd = Math.min(to, prompt[request]);
    int idsEnd = (int) Math.min(promptEnd, (long) units[request] * unitTokens);
    runs.clear(entry);
    int at = from;
    while (at < idsEnd) {
      int unitFrom = at / unitTokens * unitTokens;
      int end = Math.min(idsEnd, unitFrom + unitTokens);
      runs.add(entry, mix(mix(unitTokens, ids[at / unitTokens]), at - unitFrom), end - from);
      at = end;
    }
    if (at < promptEnd) {
      runs.add(entry, mix(KEYED, key[request]), promptEnd - from);
      at = promptEnd;
    }
    if (at < to) {
      runs.add(entry, mix(GENERATED, id[request]), tokens);
    }
  }

  private void extend(int request, int pages) {
    long[] chain = hashes[request];
    if (pages > chain.length) {
      chain = Arrays.copyOf(chain, Math.max(pages, chain.length + (chain.length >> 1) + 4));
      hashes[request] = chain;
    }
    long keyed = mix(KEYED, key[request]);
    long generated = mix(GENERATED, id[request]);
    for (int page = known[request]; page < pages; page++) {
      long before = page == 0 ? FIRST : chain[page - 1];
      boolean prompt = page < promptPages[request]; // of one without ids
      chain[page] = mix(before, prompt ? mix(keyed, page * pageTokens) : mix(generated, page));
    }
    known[request] = pages;
  }

  /** Stafford's variant 13 of the 64-bit finaliser, over a running value. */
  private static long mix(long hash, long value) {
    long z = hash * 0x9e3779b97f4a7c15L + value + 0x632be59bd9b4e019L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
