package kvlab.design;

import java.util.List;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;

/**
 * Orca as the PagedAttention paper modelled it (Kwon et al., SOSP 2023, section 6.1): iteration-level
 * scheduling over one contiguous reservation per request, placed by a buddy allocator over pages of 16
 * slots. The three variants differ in what they know of the output length.
 */
final class Orca implements Design {

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
    return WholePrompt.options(site);
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    KvAllocator allocator = ContiguousAllocator.buddy(table, site.maxModelTokens());
    return WholePrompt.server(table, allocator, reservation, options);
  }
}
