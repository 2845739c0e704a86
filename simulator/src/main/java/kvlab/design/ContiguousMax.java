package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;

/**
 * One region of the maximum length per sequence, not rounded to a power of two: what serving with
 * static KV buffers amounts to (FasterTransformer's {@code memory_len}; Kwon et al., SOSP 2023,
 * section 3.1), under Orca's iteration-level scheduling so that only the memory differs.
 */
final class ContiguousMax implements Design {
  private static final String PLACEMENT = "placement";

  @Override
  public String name() {
    return "contiguous-max";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "one run of pages of 16 tokens (first fit or best fit)",
        "the longest sequence the model allows",
        "none: everything is there from the start",
        "cannot happen",
        "nothing",
        "Kwon et al., SOSP 2023, section 3.1; FasterTransformer GptContextDecoder buffers");
  }

  @Override
  public List<Option> options(Site site) {
    List<Option> options = new ArrayList<>(WholePrompt.options(site));
    options.add(Option.word(PLACEMENT, "which gap a reservation goes to", "first-fit", "best-fit"));
    return options;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    KvAllocator allocator = options.text(PLACEMENT).equals("best-fit")
        ? ContiguousAllocator.bestFit(table)
        : ContiguousAllocator.firstFit(table);
    return WholePrompt.server(table, allocator, Reservation.MAX, options);
  }
}
