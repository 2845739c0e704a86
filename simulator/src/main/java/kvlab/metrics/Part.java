package kvlab.metrics;

import java.util.Locale;
import kvlab.kv.KvAllocator;
import kvlab.sched.Decisions;

/**
 * The parts that the pool's slots divide into at every instant; they sum to the capacity. For a running
 * sequence with L slots written, final need F = prompt + output - 1 (the last token sampled never gets a
 * slot), A slots asked for and G given by placement:
 *
 * <pre>
 *   |<------------------------- G -------------------------->|
 *   |<------------------ A ------------------->|             |
 *   |<---- L ---->|<-- min(A, F) - L -->| A-F  |    G - A    |
 *   |    live     |      reserved       | int. |  rounding   |
 * </pre>
 */
public enum Part {
  /** Slots that hold the KV of a token. */
  LIVE,
  /** Held now, filled later by the same request. */
  RESERVED,
  /**
   * Held, never filled: over-estimate, tail of the last page, padding. Or never read again: what a
   * finished request holds on to, and in layers with a sliding window the tokens that it has passed.
   */
  INTERNAL,
  /** Given by the placement beyond what was asked. */
  ROUNDING,
  /** Held by nobody, kept for prefix reuse, reclaimable at once. */
  CACHED,
  /** Free, and the head of the queue was refused although its need is no more than this. */
  EXTERNAL,
  /** Free, and too little: the head of the queue was refused, or a sequence had just lost its pages. */
  SHORT,
  /** Free, and nobody waits for memory. */
  IDLE,
  /** Free, but not given to admissions: watermark, null page. */
  WITHHELD;

  private final String column = name().toLowerCase(Locale.ROOT) + "_pct";

  /** What the free pages are that an admission could have taken. */
  static Part ofFree(KvAllocator allocator, Decisions decisions) {
    if (decisions.refusedPages() > 0) {
      int availablePages = allocator.freePages() - allocator.marginPages();
      return decisions.refusedPages() <= availablePages ? EXTERNAL : SHORT;
    }
    return decisions.memoryRanOut() ? SHORT : IDLE;
  }

  /** Column name of the part's share in percent. */
  public String column() {
    return column;
  }
}
