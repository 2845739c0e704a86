package kvlab.design;

import java.util.List;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.WholePromptScheduler;

/**
 * Orca as the PagedAttention paper modelled it (Kwon et al., SOSP 2023, section 6.1): iteration-level
 * scheduling over one contiguous reservation per request, placed by a buddy allocator over pages of 16
 * slots. The three variants differ in what they know of the output length.
 *
 * <p>Deviation: a prompt must fit one step, so {@code max-num-batched-tokens} is never below the
 * longest sequence allowed (the artifact's 2,560 over 2,048).
 */
final class Orca implements Design {
  private static final int ARTIFACT_BATCHED_TOKENS = 2560;
  private static final int ARTIFACT_SEQUENCES = 256;

  private final String name;
  private final Reservation reservation;
  private final String claim;

  private Orca(String name, Reservation reservation, String claim) {
    this.name = name;
    this.reservation = reservation;
    this.claim = claim;
  }

  static Orca max() {
    return new Orca("orca-max", Reservation.MAX, "the longest sequence the model allows");
  }

  static Orca pow2() {
    return new Orca(
        "orca-pow2", Reservation.POW2, "prompt + true output rounded up to a power of two");
  }

  static Orca oracle() {
    return new Orca("orca-oracle", Reservation.ORACLE, "prompt + true output, known beforehand");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Traits traits() {
    return new Traits(
        "one run of 2^k pages of 16 tokens (buddy)",
        claim,
        "none: everything is there from the start",
        "cannot happen",
        "nothing",
        "Kwon et al., SOSP 2023, section 6.1; artifact orca/cacheflow/master/block_manager.py");
  }

  @Override
  public List<Option> options(Site site) {
    return wholePromptOptions(site);
  }

  /** The options of designs on {@link WholePromptScheduler}, with the artifact's defaults. */
  static List<Option> wholePromptOptions(Site site) {
    return List.of(
        Option.count(PAGE_TOKENS, 16, "tokens per page"),
        Option.count(MAX_SEQUENCES, ARTIFACT_SEQUENCES, "sequences that run at once"),
        Option.countAtLeast(
            MAX_BATCHED_TOKENS,
            site.maxModelTokens(),
            Math.max(ARTIFACT_BATCHED_TOKENS, site.maxModelTokens()),
            "tokens computed in one step; at least the longest sequence"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    KvAllocator allocator = ContiguousAllocator.buddy(table, site.maxModelTokens());
    return wholePromptServer(table, allocator, reservation, options);
  }

  static Server wholePromptServer(
      PageTable table, KvAllocator allocator, Reservation reservation, Options options) {
    Requests requests = new Requests();
    int maxSequences = options.count(MAX_SEQUENCES);
    WholePromptScheduler scheduler = new WholePromptScheduler(
        maxSequences, options.count(MAX_BATCHED_TOKENS), table.pool(), requests, allocator);
    return new Server(requests, table, allocator, scheduler, reservation, maxSequences);
  }
}
