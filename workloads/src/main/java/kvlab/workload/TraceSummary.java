package kvlab.workload;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntToLongFunction;

/**
 * A trace in numbers. Rates are requests per second; those of a trace whose requests all arrive at
 * once are 0.
 *
 * @param requests requests in the trace
 * @param durationNanos from the first arrival to the last
 * @param meanRate gaps between arrivals over their duration
 * @param peakRate1s most arrivals within any second
 * @param peakRate60s most arrivals within any minute, per second
 * @param gapCv standard deviation of the gaps between arrivals over their mean: 0 for an even stream,
 *     1 for a Poisson process, more for bursts
 * @param prompt lengths of prompts
 * @param output lengths of outputs
 * @param total lengths of prompt and output together
 * @param hashes reuse of prompt blocks, where the trace has hash ids
 */
public record TraceSummary(
    int requests,
    long durationNanos,
    double meanRate,
    double peakRate1s,
    double peakRate60s,
    double gapCv,
    LengthStats prompt,
    LengthStats output,
    LengthStats total,
    Optional<HashReuse> hashes) {
  private static final long SECOND_NANOS = 1_000_000_000L;

  /** Of a trace with at least one request; sorts three columns of it and reads the rest once. */
  public static TraceSummary of(Trace trace) {
    int n = trace.size();
    if (n == 0) {
      throw new IllegalArgumentException("a trace without requests has no summary");
    }
    long duration = trace.arrivalNanos(n - 1) - trace.arrivalNanos(0);
    boolean timed = duration > 0;
    return new TraceSummary(
        n,
        duration,
        timed ? (n - 1) * (double) SECOND_NANOS / duration : 0,
        timed ? mostWithin(trace, SECOND_NANOS) : 0,
        timed ? mostWithin(trace, 60 * SECOND_NANOS) / 60.0 : 0,
        timed ? gapCv(trace, duration) : 0,
        lengths(n, trace::promptTokens),
        lengths(n, trace::outputTokens),
        lengths(n, i -> (long) trace.promptTokens(i) + trace.outputTokens(i)),
        trace.hashBlockTokens() == 0 ? Optional.empty() : Optional.of(HashReuse.of(trace)));
  }

  private static LengthStats lengths(int requests, IntToLongFunction tokens) {
    long[] column = new long[requests];
    Arrays.setAll(column, tokens);
    return LengthStats.of(column);
  }

  /** Most arrivals in any window {@code [t, t + nanos)}. */
  private static int mostWithin(Trace trace, long nanos) {
    int most = 0;
    int first = 0;
    for (int i = 0; i < trace.size(); i++) {
      while (trace.arrivalNanos(i) - trace.arrivalNanos(first) >= nanos) {
        first++;
      }
      most = Math.max(most, i - first + 1);
    }
    return most;
  }

  private static double gapCv(Trace trace, long duration) {
    int gaps = trace.size() - 1;
    double mean = (double) duration / gaps;
    double squares = 0;
    for (int i = 1; i <= gaps; i++) {
      double off = trace.arrivalNanos(i) - trace.arrivalNanos(i - 1) - mean;
      squares += off * off;
    }
    return Math.sqrt(squares / gaps) / mean;
  }
}
