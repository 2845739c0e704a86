package kvlab.sched;

import java.util.Arrays;

/**
 * What the server knows of the requests in flight, as columns. A request's handle is the index into
 * them; handles are reused once a request has left, so memory follows the requests in flight and not
 * the length of the trace.
 *
 * <p>The true output length is not here: schedulers see a request as a server does.
 *
 * <p>Requests of which each computes one token in every step can form a cohort. A step of all of them is one
 * addition: what such a request has known and computed is kept less what all of them have in common, as numbers
 * below 0.
 */
public final class Requests {
  /** The row of a request that holds no pages. */
  public static final int NO_ROW = -1;

  /** Tokens, and steps, from which on a request cannot be in the cohort. */
  public static final int COHORT_LIMIT = 1 << 29;

  private static final int NO_STEPS = 2 * COHORT_LIMIT; // makes what is kept of the cohort negative

  /** Who has a row that nobody has. */
  public static final int NOBODY = -1;

  private int capacity = 64;
  private long[] id = new long[capacity];
  private long[] arrivalNanos = new long[capacity];
  private int[] promptTokens = new int[capacity];
  private int[] claimTokens = new int[capacity];
  private int[] priority = new int[capacity];
  private int[] knownTokens = new int[capacity];
  private int[] computedTokens = new int[capacity];
  private int[] row = new int[capacity];
  private int[] preemptions = new int[capacity];
  private int cohort; // how many are in it
  private int common = NO_STEPS; // and the steps of the cohort since there was nobody
  private int[] holder =
      new int[64]; // [row of the page table] handle of the request that has it, or NOBODY
  private long placedTokens;
  private final IntList freeHandles = new IntList();
  private int used;
  private int live;

  /** Adds a request that has arrived; its handle. */
  public int add(long itsId, long arrival, int prompt, int claim, int itsPriority) {
    int handle = freeHandles.size() > 0 ? freeHandles.removeLast() : fresh();
    id[handle] = itsId;
    arrivalNanos[handle] = arrival;
    promptTokens[handle] = prompt;
    claimTokens[handle] = claim;
    priority[handle] = itsPriority;
    knownTokens[handle] = prompt;
    computedTokens[handle] = 0;
    row[handle] = NO_ROW;
    preemptions[handle] = 0;
    live++;
    return handle;
  }

  /** Forgets a request that has left the server. */
  public void remove(int handle) {
    freeHandles.add(handle);
    live--;
  }

  private int fresh() {
    if (used == capacity) {
      capacity *= 2;
      id = Arrays.copyOf(id, capacity);
      arrivalNanos = Arrays.copyOf(arrivalNanos, capacity);
      promptTokens = Arrays.copyOf(promptTokens, capacity);
      claimTokens = Arrays.copyOf(claimTokens, capacity);
      priority = Arrays.copyOf(priority, capacity);
      knownTokens = Arrays.copyOf(knownTokens, capacity);
      computedTokens = Arrays.copyOf(computedTokens, capacity);
      row = Arrays.copyOf(row, capacity);
      preemptions = Arrays.copyOf(preemptions, capacity);
    }
    return used++;
  }

  /** Requests waiting or running. */
  public int live() {
    return live;
  }

  /** Handles are below this. */
  public int handles() {
    return used;
  }

  /** The request's data row in the trace. */
  public long id(int handle) {
    return id[handle];
  }

  public long arrivalNanos(int handle) {
    return arrivalNanos[handle];
  }

  public int promptTokens(int handle) {
    return promptTokens[handle];
  }

  /** Tokens to reserve at admission, where the design reserves. */
  public int claimTokens(int handle) {
    return claimTokens[handle];
  }

  /** Smaller is more important. */
  public int priority(int handle) {
    return priority[handle];
  }

  /** Prompt tokens and the tokens generated so far. */
  public int knownTokens(int handle) {
    int known = knownTokens[handle];
    return known >= 0 ? known : known + common;
  }

  /** Tokens whose KV is in the pool: the L of the accounting. */
  public int computedTokens(int handle) {
    int computed = computedTokens[handle];
    return computed >= 0 ? computed : computed + common;
  }

  /** The row of the page table, or {@link #NO_ROW}. */
  public int row(int handle) {
    return row[handle];
  }

  /** How often the request lost its pages, by recomputation or swapping. */
  public int preemptions(int handle) {
    return preemptions[handle];
  }

  /** The model has sampled one more token of the request. */
  public void sampled(int handle) {
    knownTokens[handle]++;
  }

  /** The step writes the KV of so many more tokens. */
  public void computed(int handle, int tokens) {
    computedTokens[handle] += tokens;
    placedTokens += row[handle] == NO_ROW ? 0 : tokens;
  }

  /** From now on each step of the cohort is one of this request, which has a row; see {@link #COHORT_LIMIT}. */
  public void joinCohort(int handle) {
    knownTokens[handle] -= common;
    computedTokens[handle] -= common;
    cohort++;
  }

  /** The request's steps are its own again. */
  public void leaveCohort(int handle) {
    knownTokens[handle] += common;
    computedTokens[handle] += common;
    cohort--;
    if (cohort == 0) {
      common = NO_STEPS;
    }
  }

  /** So many steps each wrote the token sampled last and sampled one more, of all in the cohort. */
  public void advanceCohort(int steps) {
    common += cohort == 0 ? 0 : steps;
    placedTokens += (long) cohort * steps;
  }

  /** Replaces a claim that turned out too short. */
  void claim(int handle, int tokens) {
    claimTokens[handle] = tokens;
  }

  /** The request has the row, or with {@link #NO_ROW} none. */
  public void place(int handle, int itsRow) {
    if (computedTokens[handle] < 0) {
      throw new IllegalStateException(
          "request " + id[handle] + " is in the cohort and its row was to become " + itsRow);
    }
    if (row[handle] != NO_ROW) {
      placedTokens -= computedTokens[handle];
      holder[row[handle]] = NOBODY;
    }
    row[handle] = itsRow;
    if (itsRow != NO_ROW) {
      while (itsRow >= holder.length) {
        holder = Arrays.copyOf(holder, 2 * holder.length);
      }
      placedTokens += computedTokens[handle];
      holder[itsRow] = handle;
    }
  }

  /** Who has the row, or {@link #NOBODY}; asked only of rows that somebody has had. */
  public int holder(int itsRow) {
    return holder[itsRow];
  }

  /** Tokens whose KV is in the pool, over all requests with a row. */
  public long placedTokens() {
    return placedTokens;
  }

  /** The request's pages were moved out of the pool; what they hold is kept. */
  void swappedOut(int handle) {
    place(handle, NO_ROW);
    preemptions[handle]++;
  }

  /** The request lost its pages and will compute everything it knows again; returns the tokens lost. */
  public int preempted(int handle) {
    int lost = computedTokens[handle];
    place(handle, NO_ROW);
    computedTokens[handle] = 0;
    preemptions[handle]++;
    return lost;
  }
}
