package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvlab.kv.ContiguousAllocator;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.PredictedLength;
import kvlab.sched.DoublingScheduler;
import kvlab.sched.Requests;

/**
 * S3 (Jin et al., "S3: Increasing GPU Utilization during Generative Inference for Higher Throughput",
 * NeurIPS 2023, arXiv 2306.06000): one contiguous reservation per request, of the length that a
 * predictor expects; see {@link PredictedLength} and {@link DoublingScheduler}.
 *
 * <p>Deviations: the spread of the predictor's error and the width of its buckets, a tenth of the
 * longest sequence, are assumptions of ours; step limits and pages are those of {@link WholePrompt}.
 */
final class S3 implements Design {
  private static final String PREDICTION_ERROR = "prediction-error";
  private static final String SEED = "seed";
  private static final String BUCKET = "bucket";
  private static final String PLACEMENT = "placement";
  private static final double SPREAD = 0.2;
  private static final int BUCKETS = 10;

  @Override
  public String name() {
    return "s3";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "one run of pages of 16 tokens (first fit or best fit)",
        "prompt + predicted output, at the upper end of its bucket",
        "none: what was predicted is there from the start",
        "the request gives up its pages and reserves twice as much",
        "nothing",
        "Jin et al., NeurIPS 2023, arXiv 2306.06000");
  }

  @Override
  public List<Option> options(Site site) {
    List<Option> options = new ArrayList<>(WholePrompt.options(site));
    options.add(Option.share(
        PREDICTION_ERROR, SPREAD, "greatest error of the prediction, as a share of the output"));
    options.add(Option.countOrZero(SEED, 0, "which errors the predictor makes"));
    options.add(Option.count(
        BUCKET,
        Math.max(1, site.maxModelTokens() / BUCKETS),
        "output tokens per bucket of the prediction"));
    options.add(Option.word(PLACEMENT, "which gap a reservation goes to", "first-fit", "best-fit"));
    return options;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    Requests requests = new Requests();
    int maxSequences = options.count(MAX_SEQUENCES);
    PageTable table = new PageTable(pool, maxSequences);
    KvAllocator allocator = options.text(PLACEMENT).equals("best-fit")
        ? ContiguousAllocator.bestFit(table)
        : ContiguousAllocator.firstFit(table);
    DoublingScheduler scheduler = new DoublingScheduler(
        maxSequences,
        options.count(MAX_BATCHED_TOKENS),
        site.maxModelTokens(),
        pool,
        requests,
        allocator);
    PredictedLength predicted = new PredictedLength(
        options.share(PREDICTION_ERROR), options.count(SEED), options.count(BUCKET));
    return new Server(
        requests, table, allocator, scheduler, predicted, maxSequences, Optional.empty());
  }
}
