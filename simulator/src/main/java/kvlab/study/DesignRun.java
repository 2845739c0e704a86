package kvlab.study;

import java.util.ArrayList;
import java.util.List;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.engine.Engine;
import kvlab.engine.Fleet;
import kvlab.engine.Rules;
import kvlab.kv.Layout;
import kvlab.kv.Pool;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
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

  /** Makes it ready; options that cannot be are refused here. */
  public DesignRun(Experiment experiment, Design design) {
    this.experiment = experiment;
    this.design = design;
    this.site = experiment.site();
    this.options = new Options(design.options(site), experiment.options());
    requireSensible(options);
    this.pool = Memory.pool(design.pages(options, site), design.pageTokens(options, site));
    clock(); // refused here when it cannot be
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

  /** Replays the trace; further probes only watch, of several servers the first. */
  public DesignResult run(List<Probe> watchers) {
    return runEach(List.of(watchers));
  }

  /** Replays the trace; each server has watchers of its own, or none where there are fewer lists. */
  DesignResult runEach(List<List<Probe>> watchers) {
    int replicas = experiment.replicas();
    Rules rules = Rules.serving(experiment.maxModelTokens(), experiment.overLength());
    List<Instruments> each = new ArrayList<>();
    Fleet fleet = new Fleet();
    for (int replica = 0; replica < replicas; replica++) {
      Server server = design.open(pool, options, site).serving(site.layers());
      Instruments instruments = new Instruments(experiment, server.layoutInForce(), replicas);
      each.add(instruments);
      List<Probe> probes = instruments.probes();
      probes.addAll(replica < watchers.size() ? watchers.get(replica) : List.of());
      if (replicas == 1) {
        new Engine(experiment.trace().stream(), server, clock(), rules, probes).run();
      } else {
        fleet.add(server, clock(), rules, probes);
      }
    }
    List<Row> rows = new ArrayList<>();
    if (replicas > 1) {
      fleet.run(experiment.trace().stream(), experiment.router());
      for (int replica = 0; replica < replicas; replica++) {
        rows.add(each.get(replica).row(design.name(), replica));
      }
      each.subList(1, replicas).forEach(each.get(0)::merge);
    }
    Instruments all = each.get(0);
    Row row = new Row().text("design", design.name());
    all.measurements().forEach(measurement -> measurement.report(row));
    row.whole("pages", pool.pages());
    row.whole("page_tokens", pool.pageTokens());
    row.whole("capacity_slots", all.tokenSlots());
    row.whole("max_model_len", experiment.maxModelTokens());
    if (replicas > 1) {
      row.whole("replicas", replicas);
    }
    return new DesignResult(
        design, options, pool, row, all.outcome, all.waste, all.latency, all.timeline, rows);
  }

  /** A clock may remember what it was asked last, so each server has its own. */
  private StepClock clock() {
    return StepTimes.parse(experiment.stepTime(), experiment.hardware());
  }
}
