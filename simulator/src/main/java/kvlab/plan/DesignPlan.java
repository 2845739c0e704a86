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
import kvlab.workload.RequestStream;
import kvlab.workload.synth.Reshaped;

/** The search for one design. */
final class DesignPlan {
  /** Of the trace's own rate: so seldom do requests come when none is to meet another. */
  private static final double IDLE_RATE = 1.0 / 1024;

  private final Experiment base;
  private final Reshaped trace;
  private final Design design;
  private final Plan.Settings settings;
  private final Consumer<Trial> listener;
  private final List<Trial> trials = new ArrayList<>();
  private final int maxSequences;
  private final long requests;
  private final long firstArrivalNanos; // at rate scale 1
  private final long lastArrivalNanos;

  DesignPlan(
      Experiment base,
      Reshaped trace,
      Design design,
      Plan.Settings settings,
      Consumer<Trial> listener) {
    this.base = base;
    this.trace = trace;
    this.design = design;
    this.settings = settings;
    this.listener = listener;
    this.maxSequences = new DesignRun(base, design).options().count(Design.MAX_SEQUENCES);
    RequestStream stream = trace.withRateScale(1).stream();
    long count = 0;
    long first = 0;
    long last = 0;
    while (stream.next()) {
      first = count++ == 0 ? stream.arrivalNanos() : first;
      last = stream.arrivalNanos();
    }
    this.requests = count;
    this.firstArrivalNanos = first;
    this.lastArrivalNanos = last;
  }

  /** Whether requests come at times of their own, so that they have a rate. */
  boolean hasRate() {
    return lastArrivalNanos > firstArrivalNanos;
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
        .filter(trial -> trial.servers() == 1 && trial.rateScale() == trace.rateScale())
        .findFirst()
        .orElseThrow();
    if (own.held()) {
      return new Bracket(Optional.of(own), Optional.empty());
    }
    int most = (int) Math.min(settings.mostServers(), requests);
    double share = trace.rateScale() / rate.held().get().rateScale();
    int guess = (int) Math.min(most, Math.ceil(share));
    return Bracket.fewestServers(own, guess, most, servers -> trial(servers, 1));
  }

  /** Replays the trace at so many times its rate. */
  private Trial trial(int servers, double rate) {
    double scale = trace.rateScale() * rate;
    Experiment experiment = base.with(trace.withRateScale(scale), servers);
    List<Load> loads = new ArrayList<>();
    List<List<Probe>> watchers = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      loads.add(
          new Load(settings.slo(), maxSequences, (long) Math.floor(lastArrivalNanos / scale)));
      watchers.add(List.of(loads.get(i), new Interruption()));
    }
    DesignResult result = new DesignRun(experiment, design).runEach(watchers);
    Load all = loads.get(0);
    loads.subList(1, servers).forEach(all::merge);
    double seconds = (lastArrivalNanos - firstArrivalNanos) / scale / 1e9;
    double counted = (double) all.counted() / requests;
    Map<String, String> summary = result.summary().cells();
    Trial trial = new Trial(
        design.name(),
        servers,
        scale,
        counted * (requests - 1) / seconds,
        settings.slo().check(result.latency(), all),
        all,
        summary);
    trials.add(trial);
    listener.accept(trial);
    return trial;
  }
}
