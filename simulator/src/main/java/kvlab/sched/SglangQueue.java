package kvlab.sched;

import java.util.Arrays;
import java.util.Locale;
import kvlab.kv.RadixAllocator;

/**
 * The waiting queue of SGLang and the order that it is put in before prompts are admitted ({@code
 * managers/schedule_policy.py}, {@code SchedulePolicy}). It stays in that order, and later arrivals go to
 * its end; equal requests keep theirs.
 *
 * <pre>
 *   fcfs   as they arrived
 *   lpm    the longest prefix in the tree first; with more than 128 waiting the queue is left as it is.
 *          Of those that find at most 32 tokens in the tree and share their first 32 with each other only
 *          the first counts; the others go to the end, to find in the tree what it will have computed
 *   lof    the most declared output first
 * </pre>
 *
 * <p>Deviation: with pages of more than one token the first 32 tokens are as many pages as hold them. Not
 * modelled: {@code dfs-weight}, whose ties follow the order of Python's dictionaries, and {@code random},
 * which has no seed.
 */
public final class SglangQueue implements RequestQueue, Precedence {
  /** {@code schedule_policy}. */
  public enum Order {
    FCFS,
    LPM,
    LOF;

    /** The order of that name in lower case. */
    public static Order named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  private static final int MOST_MATCHED = 128; // _determine_active_policy
  private static final int CHECK_TOKENS = 32; // IN_BATCH_PREFIX_CACHING_CHECK_THRESHOLD
  private static final int DEPRIORITIZE_TOKENS =
      32; // IN_BATCH_PREFIX_CACHING_DEPRIORITIZE_THRESHOLD

  private final Order order;
  private final Requests requests;
  private final RadixAllocator allocator;
  private final int headPages; // pages of the first 32 tokens
  private final int headTokens; // of these pages
  private final FcfsQueue queue = new FcfsQueue();
  private final long[] heads = new long[MOST_MATCHED]; // of requests that count, by hash
  private int headCount;
  private int[] key = new int[64]; // [request] the smaller, the sooner

  SglangQueue(Order order, int pageTokens, Requests requests, RadixAllocator allocator) {
    this.order = order;
    this.requests = requests;
    this.allocator = allocator;
    this.headPages = (DEPRIORITIZE_TOKENS - 1) / pageTokens + 1;
    this.headTokens = headPages * pageTokens;
  }

  @Override
  public void arrive(int request) {
    queue.arrive(request);
  }

  /** A retracted request goes to the end. */
  @Override
  public void giveBack(int request) {
    queue.arrive(request);
  }

  @Override
  public int head() {
    return queue.head();
  }

  @Override
  public void removeHead() {
    queue.removeHead();
  }

  @Override
  public void remove(int request) {
    queue.remove(request);
  }

  @Override
  public int size() {
    return queue.size();
  }

  @Override
  public void copyTo(IntList waiting) {
    queue.copyTo(waiting);
  }

  /** Puts the queue in order; to be called once before prompts are admitted. */
  void sort() {
    if (order == Order.FCFS || (order == Order.LPM && queue.size() > MOST_MATCHED)) {
      return;
    }
    headCount = 0;
    for (int i = 0; i < queue.size(); i++) {
      int request = queue.get(i);
      if (request >= key.length) {
        key = Arrays.copyOf(key, Math.max(request + 1, key.length * 2));
      }
      key[request] = order == Order.LPM ? prefixKey(request) : outputKey(request);
    }
    queue.sort(this);
  }

  private int outputKey(int request) {
    return requests.promptTokens(request) - requests.claimTokens(request);
  }

  private int prefixKey(int request) {
    int known = requests.knownTokens(request);
    int matched = allocator.matchedTokens(request, known);
    if (matched <= CHECK_TOKENS && known >= headTokens && !isFirstWithItsHead(request)) {
      return Integer.MAX_VALUE;
    }
    return -Math.min(matched, known - 1);
  }

  private boolean isFirstWithItsHead(int request) {
    if (!allocator.sharesPages(request, headPages)) {
      return true;
    }
    long hash = allocator.prefixHash(request, headPages);
    for (int i = 0; i < headCount; i++) {
      if (heads[i] == hash) {
        return false;
      }
    }
    heads[headCount++] = hash;
    return true;
  }

  @Override
  public boolean before(int request, int other) {
    return key[request] < key[other];
  }
}
