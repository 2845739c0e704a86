package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvlab.kv.ForkingAllocator;
import kvlab.kv.PageTable;
import kvlab.kv.PagedAllocator;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.sched.BeamDescent;
import kvlab.sched.Requests;
import kvlab.sched.SamplingScheduler;
import kvlab.workload.InputException;

/**
 * vLLM as published (Kwon et al., SOSP 2023; tag {@code submission} and v0.1.0): pages on demand,
 * prompts and decodes in one step, the latest arrival recomputed when memory runs out. Requests of several
 * samples or beams share pages and are swapped; see {@link SamplingScheduler} and {@link BeamDescent}.
 */
final class VllmPaper implements Design {
  static final String WATERMARK_HELP = "share of the pool that admission leaves free";
  private static final String WATERMARK = "watermark";
  private static final String HOST_PAGES = "host-pages";
  private static final String BEAM_SURVIVAL = "beam-survival";
  private static final String CALM_STEPS = "beam-calm-steps";
  private static final String SEED = "seed";

  @Override
  public String name() {
    return "vllm-paper";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "pages of 16 tokens from anywhere",
        "pages for the tokens there are; 1% of the pool stays free",
        "one page when the last is full",
        "the latest arrival gives up its pages and is recomputed",
        "nothing",
        "Kwon et al., SOSP 2023, sections 4.3-4.5; vLLM v0.1.0 core/{block_manager,scheduler}.py");
  }

  @Override
  public List<Option> options(Site site) {
    List<Option> options = new ArrayList<>(WholePrompt.options(site));
    options.add(Option.count(SAMPLES, 1, "samples per request that share its prompt's pages"));
    options.add(Option.count(BEAM_WIDTH, 1, "hypotheses per request of beam search"));
    options.add(
        Option.word(BEAM_SURVIVAL, "whom they descend from", "zipf", "uniform", "one", "own"));
    options.add(Option.share(CALM_STEPS, 0, "share of the steps in which all of them go on alone"));
    options.add(Option.countOrZero(SEED, 0, "which of them survive"));
    options.add(Option.countOrZero(HOST_PAGES, 1 << 20, "room in host memory for swapped pages"));
    options.add(Option.share(WATERMARK, 0.01, WATERMARK_HELP));
    return options;
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    if (options.count(SAMPLES) > 1 || options.count(BEAM_WIDTH) > 1) {
      return sampling(table, options, descent(options));
    }
    return WholePrompt.server(
        table,
        PagedAllocator.vllmPaper(table, options.share(WATERMARK)),
        Reservation.CURRENT,
        options);
  }

  private static BeamDescent descent(Options options) {
    if (options.count(BEAM_WIDTH) == 1) {
      return BeamDescent.samples(options.count(SAMPLES));
    }
    if (options.count(SAMPLES) > 1) {
      throw new InputException("vllm-paper: samples and beam-width cannot both be more than 1");
    }
    BeamDescent.Law law = BeamDescent.Law.named(options.text(BEAM_SURVIVAL));
    return BeamDescent.beams(
        options.count(BEAM_WIDTH), law, options.share(CALM_STEPS), options.count(SEED));
  }

  private static Server sampling(PageTable table, Options options, BeamDescent descent) {
    if (descent.width() > options.count(MAX_SEQUENCES)) {
      throw new InputException("vllm-paper: max-num-seqs must be at least " + descent.width()
          + ", the sequences of one request");
    }
    Requests requests = new Requests();
    ForkingAllocator allocator =
        new ForkingAllocator(table, descent.width(), options.share(WATERMARK));
    SamplingScheduler scheduler = new SamplingScheduler(
        descent,
        options.count(MAX_SEQUENCES),
        options.count(MAX_BATCHED_TOKENS),
        options.count(HOST_PAGES),
        table,
        requests,
        allocator);
    return new Server(
        requests,
        table,
        allocator,
        scheduler,
        Reservation.CURRENT,
        options.count(MAX_SEQUENCES),
        Optional.empty());
  }
}
