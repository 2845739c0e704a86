package kvlab.metrics;

import kvlab.sched.IntList;

/**
 * Latency as vLLM's {@code bench serve} defines it: TTFT from arrival to the first token; TPOT the mean
 * gap between tokens of a request that has more than one; ITL every single gap; E2E from arrival to the
 * last token. Normalised latency is E2E per output token, averaged over requests (Orca, OSDI 2022;
 * PagedAttention, SOSP 2023, section 6.1).
 */
public final class Latency implements Measurement {
  private static final int MOST_ROOM = 1 << 16;

  private final Distribution ttft;
  private final Distribution tpot;
  private final Distribution itl;
  private final Distribution endToEnd;
  private double normalisedNanos;

  public Latency() {
    this(1, 0);
  }

  /**
   * The latency of one of so many servers, which together keep as many exact values as one.
   *
   * @param requests expected by all of them, for which there is room from the start unless they are many: of a
   *     trace that does not fit in memory, most may be turned away
   */
  public Latency(int servers, long requests) {
    int exact = Math.max(1, Distribution.EXACT_VALUES / servers);
    long room = Math.min(requests, MOST_ROOM) / servers;
    ttft = new Distribution(exact, room);
    tpot = new Distribution(exact, room);
    itl = new Distribution(exact);
    endToEnd = new Distribution(exact, room);
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    IntList sampled = step.sampled();
    long sameGap = step.endNanos() - step.startNanos();
    long times = step.goingOn();
    for (int i = step.goingOn(); i < sampled.size(); i++) {
      long previous = step.previousTokenNanos(i);
      if (previous >= 0) {
        long gap = step.endNanos() - previous;
        if (gap != sameGap && times > 0) {
          itl.add(sameGap, times);
          times = 0;
        }
        sameGap = gap;
        times++;
      }
    }
    if (times > 0) {
      itl.add(sameGap, times);
    }
  }

  @Override
  public void onRepeats(Repeats repeats) {
    int sampled = repeats.first().sampled().size();
    for (int i = 0; i < repeats.count(); i++) {
      itl.add(repeats.nanos(i), sampled);
    }
  }

  @Override
  public void onFinish(RequestView request) {
    long first = request.firstTokenNanos();
    long end = request.finishNanos();
    ttft.add(first - request.arrivalNanos());
    endToEnd.add(end - request.arrivalNanos());
    if (request.outputTokens() > 1) {
      tpot.add((end - first) / (request.outputTokens() - 1));
    }
    normalisedNanos += (double) (end - request.arrivalNanos()) / request.outputTokens();
  }

  public Distribution ttft() {
    return ttft;
  }

  public Distribution tpot() {
    return tpot;
  }

  public Distribution itl() {
    return itl;
  }

  public Distribution endToEnd() {
    return endToEnd;
  }

  @Override
  public void report(Row row) {
    quantiles(row, "ttft", ttft);
    quantiles(row, "tpot", tpot);
    quantiles(row, "itl", itl);
    quantiles(row, "e2e", endToEnd);
    if (endToEnd.count() == 0) {
      row.blank("normalized_latency_mean_ms");
    } else {
      row.fixed("normalized_latency_mean_ms", normalisedNanos / endToEnd.count() / 1e6, 3);
    }
  }

  private static void quantiles(Row row, String name, Distribution values) {
    milliseconds(row, name + "_mean_ms", values, -1);
    milliseconds(row, name + "_p50_ms", values, 0.50);
    milliseconds(row, name + "_p90_ms", values, 0.90);
    milliseconds(row, name + "_p95_ms", values, 0.95);
    milliseconds(row, name + "_p99_ms", values, 0.99);
  }

  private static void milliseconds(Row row, String column, Distribution values, double quantile) {
    if (values.count() == 0) {
      row.blank(column);
    } else {
      row.fixed(column, (quantile < 0 ? values.mean() : values.quantile(quantile)) / 1e6, 3);
    }
  }

  /** Adds the requests of another server. */
  public void merge(Latency other) {
    ttft.merge(other.ttft);
    tpot.merge(other.tpot);
    itl.merge(other.itl);
    endToEnd.merge(other.endToEnd);
    normalisedNanos += other.normalisedNanos;
  }
}
