package kvlab.design;

import java.util.List;
import kvlab.kv.Pool;

/**
 * One complete memory-management design: how much is reserved, where it goes, who is scheduled, with
 * the defaults of the engine it models.
 */
public interface Design {
  /** The option of every design whose pages can have any length: tokens per page. */
  String PAGE_TOKENS = "page-tokens";

  /** The option every design has: sequences that may run at once. */
  String MAX_SEQUENCES = "max-num-seqs";

  /** The option every design has: tokens computed in one step. */
  String MAX_BATCHED_TOKENS = "max-num-batched-tokens";

  /** The option of designs that share a prompt among samples: samples per request. */
  String SAMPLES = "samples";

  /** The option of designs that search with beams: hypotheses per request. */
  String BEAM_WIDTH = "beam-width";

  /** Lower-case kebab name, unique among the designs. */
  String name();

  /** What the design does and where that is written down. */
  Traits traits();

  /** The settings a user may change, with their defaults at the site. */
  List<Option> options(Site site);

  /** Tokens per page of the pool that the design is to be opened on. */
  default int pageTokens(Options options, Site site) {
    return options.count(PAGE_TOKENS);
  }

  /** Such pages that the memory for KV holds. */
  default long pages(Options options, Site site) {
    return site.poolSlots() / pageTokens(options, site);
  }

  /** Sets the design up on an empty pool. */
  Server open(Pool pool, Options options, Site site);
}
