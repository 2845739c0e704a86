package kvlab.metrics;

import java.util.Arrays;

/** What became of the requests, how long the run took and how many it served per second. */
public final class Outcome implements Measurement {
  private static final double NANOS_PER_SECOND = 1e9;

  private final int gpus;
  private long finished;
  private final long[] rejected = new long[Rejection.values().length];
  private long unfinished;
  private long steps;
  private long outputTokens;
  private long totalTokens;
  private long firstArrivalNanos = Long.MAX_VALUE;
  private long lastNanos;
  private long preemptions;
  private long recomputedTokens;
  private long cacheHitTokens;

  /** An outcome on so many GPUs. */
  public Outcome(int gpus) {
    this.gpus = gpus;
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    steps++;
    lastNanos = step.endNanos();
    preemptions += step.scheduler().decisions().preempted().size();
    recomputedTokens += step.scheduler().decisions().lostTokens().sum();
    cacheHitTokens += step.scheduler().decisions().cachedTokens().sum();
  }

  /** Nothing is decided in them. */
  @Override
  public void onRepeats(Repeats repeats) {
    steps += repeats.count();
    lastNanos = repeats.endNanos();
  }

  @Override
  public void onFinish(RequestView request) {
    finished++;
    outputTokens += request.outputTokens();
    totalTokens += request.promptTokens() + request.outputTokens();
    firstArrivalNanos = Math.min(firstArrivalNanos, request.arrivalNanos());
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    rejected[reason.ordinal()]++;
  }

  @Override
  public void onUnfinished(RequestView request) {
    unfinished++;
    firstArrivalNanos = Math.min(firstArrivalNanos, request.arrivalNanos());
  }

  public long finished() {
    return finished;
  }

  /** Requests turned away, for whatever reason. */
  public long rejected() {
    return Arrays.stream(rejected).sum();
  }

  public long rejected(Rejection reason) {
    return rejected[reason.ordinal()];
  }

  public long unfinished() {
    return unfinished;
  }

  /** Seconds from the first served request's arrival to the end of the last step. */
  public double makespanSeconds() {
    return steps == 0 ? 0 : (lastNanos - firstArrivalNanos) / NANOS_PER_SECOND;
  }

  @Override
  public void report(Row row) {
    double seconds = makespanSeconds();
    row.whole("requests", finished + rejected() + unfinished);
    row.whole("finished", finished);
    row.whole("rejected", rejected());
    row.whole("unfinished", unfinished);
    row.whole("steps", steps);
    row.fixed("makespan_s", seconds, 6);
    row.fixed("requests_per_s", perSecond(finished, seconds), 6);
    row.fixed("output_tokens_per_s", perSecond(outputTokens, seconds), 3);
    row.fixed("total_tokens_per_s", perSecond(totalTokens, seconds), 3);
    row.whole("preemptions", preemptions);
    row.whole("recomputed_tokens", recomputedTokens);
    row.whole("cache_hit_tokens", cacheHitTokens);
    row.fixed("gpu_hours", seconds * gpus / 3600, 6);
  }

  private static double perSecond(long count, double seconds) {
    return seconds == 0 ? 0 : count / seconds;
  }

  /** Adds what came of the requests of another server that served at the same time. */
  public void merge(Outcome other) {
    finished += other.finished;
    Arrays.setAll(rejected, reason -> rejected[reason] + other.rejected[reason]);
    unfinished += other.unfinished;
    steps += other.steps;
    outputTokens += other.outputTokens;
    totalTokens += other.totalTokens;
    firstArrivalNanos = Math.min(firstArrivalNanos, other.firstArrivalNanos);
    lastNanos = Math.max(lastNanos, other.lastNanos);
    preemptions += other.preemptions;
    recomputedTokens += other.recomputedTokens;
    cacheHitTokens += other.cacheHitTokens;
  }

  /** Requests and tokens, for a table of servers. */
  public void reportBriefly(Row row) {
    row.whole("requests", finished + rejected() + unfinished);
    row.whole("finished", finished);
    row.whole("rejected", rejected());
    row.whole("unfinished", unfinished);
    row.whole("output_tokens", outputTokens);
    row.whole("total_tokens", totalTokens);
    row.whole("preemptions", preemptions);
  }
}
