package kvlab.design;

import java.util.List;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;

/**
 * Static batches over one region of fixed length per row, written in place and never grown:
 * FasterTransformer, whose decoder has one buffer {@code layers x batch x beam x memory_len x hidden}
 * each for K and V ({@code ParallelGpt.cc}, {@code allocateBuffer}), and the {@code StaticCache} of
 * Hugging Face Transformers ({@code cache_utils.py}), which is {@code batch x max_cache_len} per layer.
 *
 * <p>Deviations: prompts are not padded to the longest of the batch, so a region holds any sequence of
 * its length; the padding would be part of what is counted internal anyway. A batch takes rows for its
 * own members and returns them, where FasterTransformer keeps its largest buffer for the next batch.
 * A batch is never larger than the pool has room for; the engines fail instead.
 */
final class StaticRegions implements Design {
  private static final int GENERATE_BATCH = 8;

  private final String name;
  private final String regionOption;
  private final int defaultBatch; // 0: as many as fit
  private final String source;

  private StaticRegions(String name, String regionOption, int defaultBatch, String source) {
    this.name = name;
    this.regionOption = regionOption;
    this.defaultBatch = defaultBatch;
    this.source = source;
  }

  static StaticRegions fasterTransformer() {
    return new StaticRegions(
        "fastertransformer",
        "memory-len",
        0,
        "FasterTransformer models/multi_gpu_gpt/ParallelGpt.cc; Kwon et al., SOSP 2023, section 6.1");
  }

  static StaticRegions hfStatic() {
    return new StaticRegions(
        "hf-static",
        "max-cache-len",
        GENERATE_BATCH,
        "Hugging Face Transformers cache_utils.py StaticCache, generation/utils.py");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Traits traits() {
    return new Traits(
        "one region per row of a static batch",
        "the longest sequence allowed, for each row until the batch ends",
        "none: everything is there from the start",
        "cannot happen",
        "finished rows, until the longest output of the batch is complete",
        source);
  }

  @Override
  public List<Option> options(Site site) {
    return List.of(
        StaticBatch.pageTokens(),
        Option.countOrZero(
            StaticBatch.MAX_BATCH, defaultBatch, "rows of a batch; 0: as many as the pool holds"),
        Option.count(regionOption, site.maxModelTokens(), "tokens reserved for each row"));
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    int regionTokens = options.count(regionOption);
    int fit = Math.max(1, pool.pages() / pool.pagesFor(regionTokens));
    int asked = options.count(StaticBatch.MAX_BATCH);
    PageTable table = new PageTable(pool, asked == 0 ? fit : Math.min(asked, fit));
    return StaticBatch.server(
        table,
        ContiguousAllocator.slots(table, regionTokens),
        Reservation.fixed(regionTokens),
        () -> 0);
  }
}
