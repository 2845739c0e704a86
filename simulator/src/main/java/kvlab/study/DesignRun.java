package kvlab.study;

import java.util.ArrayList;
import java.util.List;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.engine.Engine;
import kvlab.engine.Rules;
import kvlab.kv.Layout;
import kvlab.kv.Pool;
import kvlab.metrics.Concurrency;
import kvlab.metrics.Latency;
import kvlab.metrics.Measurement;
import kvlab.metrics.Outcome;
import kvlab.metrics.Passed;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
import kvlab.metrics.Sharing;
import kvlab.metrics.Timeline;
import kvlab.metrics.Waste;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/** One design of an experiment, ready to run. */
public final class DesignRun {
  private static final int MOST_SEQUENCES = 1 << 20; // rows of the page table, kept whole in memory

  private final Experiment experiment;
  private final Design design;
  private final Site site;
  private final Options options;
  private final Pool pool;
  private final StepClock clock;

  /** Makes it ready; options that cannot be are refused here. */
  public DesignRun(Experiment experiment, Design design) {
    this.experiment = experiment;
    this.design = design;
    this.site = experiment.site();
    this.options = new Options(design.options(site), experiment.options());
    requireSensible(options);
    this.pool = Memory.pool(design.pages(options, site), design.pageTokens(options, site));
    this.clock = StepTimes.parse(experiment.stepTime(), experiment.hardware());
  }

  private static void requireSensible(Options options) {
    for (Option option : options.all()) {
      if (option.name().equals(Design.MAX_SEQUENCES)
          && Integer.parseInt(option.value()) > MOST_SEQUENCES) {
        throw new InputException(
            "option max-num-seqs: " + option.value() + " is more than " + MOST_SEQUENCES);
      }
    }
  }

  public Options options() {
    return options;
  }

  public Pool pool() {
    return pool;
  }

  /** How the model's layers lie in the pool's pages. */
  public Layout layout() {
    return design.open(pool, options, site).serving(site.layers()).layoutInForce();
  }

  /** Replays the trace; further probes only watch. */
  public DesignResult run(List<Probe> watchers) {
    Server server = design.open(pool, options, site).serving(site.layers());
    Layout layout = server.layoutInForce();
    Outcome outcome = new Outcome(experiment.hardware().tensorParallel());
    Waste waste = new Waste(layout.capacitySlots(), experiment.window());
    Concurrency concurrency = new Concurrency(experiment.window());
    Latency latency = new Latency();
    List<Measurement> measurements = new ArrayList<>(
        List.of(outcome, waste, new Sharing(experiment.window()), concurrency, latency));
    if (site.layers().slide()) {
      measurements.add(new Passed(layout.capacitySlots(), experiment.window()));
    }
    Timeline timeline = new Timeline(layout.capacitySlots());
    List<Probe> probes = new ArrayList<>(measurements);
    probes.add(timeline);
    probes.addAll(watchers);

    Rules rules = Rules.serving(experiment.maxModelTokens(), experiment.overLength());
    new Engine(experiment.trace().stream(), server, clock, rules, probes).run();

    Row row = new Row().text("design", design.name());
    for (Measurement measurement : measurements) {
      measurement.report(row);
    }
    row.whole("pages", pool.pages());
    row.whole("page_tokens", pool.pageTokens());
    row.whole("capacity_slots", layout.capacitySlots() / layout.layers());
    row.whole("max_model_len", experiment.maxModelTokens());
    return new DesignResult(
        design, options, pool, row, outcome, waste, latency, timeline);
  }
}
