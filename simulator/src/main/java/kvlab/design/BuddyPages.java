package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import kvlab.kv.BuddyAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;

/**
 * Truly variable page sizes: pages that double as a sequence grows, from a buddy allocator, with the
 * scheduler of the PagedAttention paper. No engine does this; it shows what the "variable-sized pages"
 * of popular articles would cost. See {@link BuddyAllocator}.
 *
 * <p>A step that takes memory away from a request counts what is free as short, as for every design, even
 * where enough was free and only scattered; that shows as external once the request waits to come back.
 */
final class BuddyPages implements Design {
  private static final String LARGEST = "largest-page-tokens";
  private static final int LARGEST_TOKENS = 512;

  /** With pages of at most this part of the longest sequence, its last page wastes little of it. */
  private static final int SEQUENCE_PARTS = 8;

  @Override
  public String name() {
    return "buddy-pages";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 16, 32, 64, .. tokens, each twice the one before (buddy)",
        "pages for the tokens there are",
        "one page, twice as long as the last",
        "the latest arrival gives up its pages and is recomputed",
        "nothing",
        "no engine; buddy: Knuth, TAOCP 1, 2.5; against it: Kwon et al., SOSP 2023, section 4.1");
  }

  @Override
  public List<Option> options(Site site) {
    int part = Integer.highestOneBit(Math.max(1, site.maxModelTokens() / SEQUENCE_PARTS));
    List<Option> options = new ArrayList<>(WholePrompt.options(site));
    options.add(Option.count(
        LARGEST, Math.min(LARGEST_TOKENS, part), "tokens that a page of growing size stops at"));
    return options;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    BuddyAllocator allocator = new BuddyAllocator(table, options.count(LARGEST));
    return WholePrompt.server(table, allocator, Reservation.CURRENT, options);
  }
}
