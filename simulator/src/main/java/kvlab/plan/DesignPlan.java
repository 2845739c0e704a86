package kvlab.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import kvlab.design.Design;
import kvlab.metrics.Probe;
import kvlab.study.DesignResult;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.study.Interruption;
import kvlab.workload.InputException;

/** The search for one design. */
final class DesignPlan {
  /** Of the trace's own rate: so seldom do requests come when none is to meet another. */
  private static final double IDLE_RATE = 1.0 / 1024;

  private final Experiment base;
  private final Demand demand;
  private final Design design;
  private final Plan.Settings settings;
  private final Consumer<Trial> listener;
  private final List<Trial> trials = new ArrayList<>();
  private final int maxSequences;

  DesignPlan(
      Experiment base,
      Demand demand,
      Design design,
      Plan.Settings settings,
      Consumer<Trial> listener) {
    this.base = base;
    this.demand = demand;
    this.design = design;
    this.settings = settings;
    this.listener = listener;
    this.maxSequences = new DesignRun(base, design).options().count(Design.MAX_SEQUENCES);
  }

  DesignOutcome run() {
    Trial idle = trial(1, IDLE_RATE);
    if (idle.load().counted() == 0) {
      throw new InputException(
          "every request of the trace is longer than " + base.maxModelTokens() + " tokens");
    }
    Bracket rate =
        Bracket.highestRate(idle, IDLE_RATE, settings.tolerance(), scale -> trial(1, scale));
    Optional<Binding> binding = rate.failed().map(failed -> Binding.between(idle, failed));
    return new DesignOutcome(design.name(), idle, rate, fleet(rate), binding, List.copyOf(trials));
  }

  /** The fewest servers for the trace as it comes; one that holds more than that rate is enough. */
  private Bracket fleet(Bracket rate) {
    if (rate.held().isEmpty()) {
      return rate; // more servers do not make a lone request faster
    }
    Trial own = trials.stream()
        .filter(
            trial -> trial.servers() == 1 && trial.rateScale() == demand.trace().rateScale())
        .findFirst()
        .orElseThrow();
    if (own.held()) {
      return new Bracket(Optional.of(own), Optional.empty());
    }
    int most = (int) Math.min(settings.mostServers(), demand.requests());
    double share = demand.trace().rateScale() / rate.held().get().rateScale();
    int guess = (int) Math.min(most, Math.ceil(share));
    return Bracket.fewestServers(own, guess, most, servers -> trial(servers, 1));
  }

  /** Replays the trace at so many times its rate. */
  private Trial trial(int servers, double rate) {
    double scale = demand.trace().rateScale() * rate;
    Experiment experiment = base.with(demand.trace().withRateScale(scale), servers);
    List<Load> loads = new ArrayList<>();
    List<List<Probe>> watchers = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      Load load = new Load(settings.slo(), maxSequences, demand.lastArrivalNanos(scale));
      loads.add(load);
      List<Probe> its = new ArrayList<>(List.of(load, new Interruption()));
      if (!settings.leaps()) {
        its.add(new Probe() {}); // wants to see each step
      }
      watchers.add(its);
    }
    DesignResult result = new DesignRun(experiment, design).runEach(watchers);
    Load all = loads.get(0);
    loads.subList(1, servers).forEach(all::merge);
    double counted = (double) all.counted() / demand.requests();
    Map<String, String> summary = result.summary().cells();
    Trial trial = new Trial(
        design.name(),
        servers,
        scale,
        counted * demand.ratePerSecond(scale),
        settings.slo().check(result.latency(), all),
        all,
        summary);
    trials.add(trial);
    listener.accept(trial);
    return trial;
  }
}
