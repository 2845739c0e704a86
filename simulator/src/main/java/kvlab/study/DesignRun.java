package kvlab.study;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import kvlab.design.Design;
import kvlab.design.Option;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.engine.Engine;
import kvlab.engine.Fleet;
import kvlab.engine.Rules;
import kvlab.kv.Layout;
import kvlab.kv.PageHashes;
import kvlab.kv.Pool;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
import kvlab.sched.Requests;
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
    if (!Backend.isNamedBy(experiment.stepTime())) {
      clock(); // refused here when it cannot be
    } else if (experiment.replicas() > 1) {
      throw new InputException("a backend is one device: " + experiment.replicas() + " replicas");
    } else {
      Backend.of(experiment.stepTime());
    }
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
    return open().layoutInForce();
  }

  /** Replays the trace; further probes only watch, of several servers the first. */
  public DesignResult run(List<Probe> watchers) {
    return runEach(List.of(watchers));
  }

  /**
   * Replays the trace on one server under a clock of the caller's.
   *
   * @param make makes it of the step time asked for and of the server's requests
   */
  public DesignResult runUnder(
      BiFunction<StepClock, Requests, StepClock> make, List<Probe> watchers) {
    if (Backend.isNamedBy(experiment.stepTime())) {
      throw new InputException("a device keeps its own time: " + experiment.stepTime());
    }
    Server server = open();
    return runOne(server, make.apply(clock(), server.requests()), watchers, row -> {});
  }

  /** Replays the trace; each server has watchers of its own, or none where there are fewer lists. */
  public DesignResult runEach(List<List<Probe>> watchers) {
    if (Backend.isNamedBy(experiment.stepTime())) {
      return runOnDevice(watchers.get(0));
    }
    int replicas = experiment.replicas();
    StepClock clock = clock();
    if (replicas == 1) {
      return runOne(open(), clock, watchers.get(0), row -> {});
    }
    List<Instruments> each = new ArrayList<>();
    Fleet fleet = new Fleet();
    for (int replica = 0; replica < replicas; replica++) {
      Server server = open();
      Instruments instruments = new Instruments(experiment, server.layoutInForce(), replicas);
      each.add(instruments);
      List<Probe> probes = instruments.probes();
      probes.addAll(replica < watchers.size() ? watchers.get(replica) : List.of());
      fleet.add(server, clock(), rules(), probes);
    }
    fleet.run(experiment.trace().stream(), experiment.router());
    List<Row> rows = new ArrayList<>();
    for (int replica = 0; replica < replicas; replica++) {
      rows.add(each.get(replica).row(design.name(), replica));
    }
    each.subList(1, replicas).forEach(each.get(0)::merge);
    return result(each.get(0), rows, row -> row.whole("replicas", replicas), clock.remark());
  }

  private DesignResult runOnDevice(List<Probe> watchers) {
    String stepTime = experiment.stepTime();
    if (site.layers().slide()) {
      throw new InputException("backend " + stepTime + ": no kernels for sliding windows, which "
          + experiment.hardware().model().name() + " has");
    }
    Server server = open();
    try (BackendRun device = Backend.of(stepTime)
        .open(
            Backend.settingsOf(stepTime),
            experiment.hardware(),
            server,
            pool,
            experiment.maxModelTokens())) {
      List<Probe> all = new ArrayList<>(watchers);
      all.addAll(device.probes());
      return runOne(server, device.clock(), all, device::report);
    }
  }

  private DesignResult runOne(
      Server server, StepClock clock, List<Probe> watchers, Consumer<Row> addColumns) {
    Instruments instruments = new Instruments(experiment, server.layoutInForce(), 1);
    List<Probe> probes = instruments.probes();
    probes.addAll(watchers);
    new Engine(experiment.trace().stream(), server, clock, rules(), probes).run();
    return result(instruments, List.of(), addColumns, clock.remark());
  }

  private DesignResult result(
      Instruments all, List<Row> replicas, Consumer<Row> addColumns, String remark) {
    Row row = new Row().text("design", design.name());
    all.measurements().forEach(measurement -> measurement.report(row));
    row.whole("pages", pool.pages());
    row.whole("page_tokens", pool.pageTokens());
    row.whole("capacity_slots", all.tokenSlots());
    row.whole("max_model_len", experiment.maxModelTokens());
    addColumns.accept(row);
    return new DesignResult(
        design,
        options,
        pool,
        row,
        all.outcome,
        all.waste,
        all.latency,
        all.timeline,
        replicas,
        remark);
  }

  private Server open() {
    Server server = design.open(pool, options, site).serving(site.layers());
    if (!experiment.trace().hasPromptKeys() && experiment.trace().hashBlockTokens() == 0) {
      server.hashes().ifPresent(PageHashes::promptsDiffer);
    }
    return server;
  }

  private Rules rules() {
    return Rules.serving(experiment.maxModelTokens(), experiment.overLength());
  }

  /** A clock may remember what it was asked last, so each server has its own. */
  private StepClock clock() {
    return StepTimes.parse(experiment.stepTime(), experiment.hardware());
  }
}
