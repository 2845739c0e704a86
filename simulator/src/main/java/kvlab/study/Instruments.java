package kvlab.study;

import java.util.ArrayList;
import java.util.List;
import kvlab.kv.Layout;
import kvlab.metrics.Concurrency;
import kvlab.metrics.Latency;
import kvlab.metrics.Measurement;
import kvlab.metrics.Outcome;
import kvlab.metrics.Passed;
import kvlab.metrics.Peak;
import kvlab.metrics.Probe;
import kvlab.metrics.Row;
import kvlab.metrics.Sharing;
import kvlab.metrics.Timeline;
import kvlab.metrics.Waste;

/** What is measured of one server; of a fleet, once those of its servers are merged in their order. */
final class Instruments {
  final Outcome outcome;
  final Waste waste;
  final Latency latency;
  final Timeline timeline;
  private final Sharing sharing;
  private final Concurrency concurrency;
  private final Passed passed;
  private final Peak peak = new Peak();
  private final boolean slides;
  private final boolean several;
  private final long capacitySlots;
  private final long tokenSlots;

  /** Instruments for one of so many servers. */
  Instruments(Experiment experiment, Layout layout, int servers) {
    capacitySlots = layout.capacitySlots();
    tokenSlots = capacitySlots / layout.layers();
    outcome = new Outcome(experiment.hardware().tensorParallel() * servers);
    waste = new Waste(capacitySlots, experiment.window());
    sharing = new Sharing(experiment.window());
    concurrency = new Concurrency(experiment.window());
    latency = new Latency(servers, experiment.trace().requests());
    passed = new Passed(capacitySlots, experiment.window());
    timeline = new Timeline(capacitySlots);
    slides = experiment.site().layers().slide();
    several = servers > 1;
  }

  /** Those that have columns of the summary, in its order. */
  List<Measurement> measurements() {
    List<Measurement> all = new ArrayList<>(List.of(outcome, waste, sharing, concurrency, latency));
    if (slides) {
      all.add(passed);
    }
    return all;
  }

  /** Tokens that one pool holds in every layer. */
  long tokenSlots() {
    return tokenSlots;
  }

  List<Probe> probes() {
    List<Probe> probes = new ArrayList<>(measurements());
    probes.add(timeline);
    if (several) {
      probes.add(peak);
    }
    return probes;
  }

  void merge(Instruments other) {
    outcome.merge(other.outcome);
    waste.merge(other.waste);
    sharing.merge(other.sharing);
    concurrency.merge(other.concurrency);
    latency.merge(other.latency);
    passed.merge(other.passed);
    timeline.merge(other.timeline);
  }

  /** The row of one server in the table of replicas. */
  Row row(String design, int replica) {
    Row row = new Row().text("design", design).whole("replica", replica);
    outcome.reportBriefly(row);
    row.whole("running_max", peak.running());
    row.fixed("held_max_pct", 100.0 * peak.heldSlots() / capacitySlots, 4);
    return row;
  }
}
