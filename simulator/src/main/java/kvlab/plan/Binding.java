package kvlab.plan;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a server runs out of when it gets more requests than it holds: where the requests that miss the
 * bound at the lowest rate that failed spent more time than requests of such prompts and outputs do that
 * come far apart. Of TTFT and
 * backlog the way to the first token counts, of TPOT and ITL that from there. ITL, means, and bounds that
 * only missed requests break are about all requests.
 *
 * @param addedMillis per request and resource
 */
public record Binding(
    Resource resource, Slo.Check failing, Map<Resource, Double> addedMillis, Trial at) {
  /** What there may be too little of. */
  public enum Resource {
    /** Requests queue while the head is refused for memory, or lose their memory. */
    MEMORY("KV memory"),
    /** Requests queue while as many run as may. */
    SEQUENCES("sequence cap"),
    /** Requests queue for tokens of the next batch, or steps have become longer. */
    STEP_TIME("step time");

    private final String words;

    Resource(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** Compares the lowest rate that failed with requests far apart. */
  static Binding between(Trial idle, Trial failed) {
    Slo.Check failing = failed.worst();
    boolean first = failing.criterion() instanceof Criterion.Backlog;
    boolean rest = false;
    if (failing.criterion() instanceof Criterion.Quantile quantile) {
      first = quantile.metric() == Criterion.Metric.TTFT;
      rest =
          quantile.metric() == Criterion.Metric.TPOT || quantile.metric() == Criterion.Metric.ITL;
    }
    Times before = idle.load().times();
    Times after = failed.load().times(failing.criterion());
    if (after.requests() == 0) {
      after = failed.load().times();
    }
    double memory = 0;
    double sequences = 0;
    double steps = 0;
    if (!rest) {
      memory += after.memoryMillis();
      sequences += after.sequencesMillis();
      steps += after.stepMillis() + after.prefillMillis();
      steps -= before.stepMillis() + before.prefillMillisOf(after);
    }
    if (!first) {
      memory += after.preemptedMillis();
      steps += after.decodeMillis() - before.decodeMillisOf(after);
    }
    Map<Resource, Double> added = new EnumMap<>(Resource.class);
    added.put(Resource.MEMORY, memory);
    added.put(Resource.SEQUENCES, sequences);
    added.put(Resource.STEP_TIME, Math.max(0, steps));
    Resource most = added.entrySet().stream()
        .max(Comparator.comparingDouble(Map.Entry::getValue))
        .orElseThrow()
        .getKey();
    return new Binding(most, failing, added, failed);
  }

  /** The evidence in a sentence. */
  @Override
  public String toString() {
    Criterion criterion = failing.criterion();
    long concerned = at.load().times(criterion).requests();
    boolean some = concerned > 0 && concerned < at.load().served();
    return "at " + Text.rounded(at.ratePerSecond()) + " requests/s " + Text.name(criterion.column())
        + " is " + Text.value(criterion.column(), failing.value()) + "; "
        + (some ? Text.rounded((double) concerned) + " requests beyond the bound" : "requests")
        + " spent " + Text.millis(addedMillis.getOrDefault(Resource.MEMORY, 0.0))
        + " each for want of memory, "
        + Text.millis(addedMillis.getOrDefault(Resource.SEQUENCES, 0.0))
        + " at the sequence cap and "
        + Text.millis(addedMillis.getOrDefault(Resource.STEP_TIME, 0.0))
        + " more than alone on steps; " + Text.rounded(at.number("running_mean"))
        + " ran on average, " + Text.percent(at.number("live_pct"))
        + " of the pool held tokens";
  }
}
