package kvlab.plan;

import kvlab.workload.RequestStream;
import kvlab.workload.synth.Reshaped;

/**
 * The requests of a trace and when they come.
 *
 * @param trace at so many times the rate of the file
 * @param firstArrivalNanos at the rate of the file, like the last
 */
record Demand(Reshaped trace, long requests, long firstArrivalNanos, long lastArrivalNanos) {
  /** Reads a trace through. */
  static Demand of(Reshaped trace) {
    RequestStream stream = trace.withRateScale(1).stream();
    long count = 0;
    long first = 0;
    long last = 0;
    while (stream.next()) {
      first = count++ == 0 ? stream.arrivalNanos() : first;
      last = stream.arrivalNanos();
    }
    return new Demand(trace, count, first, last);
  }

  /** Whether requests come at times of their own, so that they have a rate. */
  boolean hasRate() {
    return lastArrivalNanos > firstArrivalNanos;
  }

  /** When the last one arrives at so many times the rate of the file. */
  long lastArrivalNanos(double scale) {
    return (long) Math.floor(lastArrivalNanos / scale); // as the trace has it then
  }

  /** Requests per second at so many times the rate of the file. */
  double ratePerSecond(double scale) {
    return (requests - 1) * scale / ((lastArrivalNanos - firstArrivalNanos) / 1e9);
  }
}
