package kvlab.plan;

import java.util.OptionalLong;
import kvlab.metrics.Distribution;
import kvlab.metrics.Latency;
import kvlab.metrics.RequestView;

/** One bound of an objective. */
public sealed interface Criterion {
  /** Its name in tables, with its unit: {@code ttft_p99_ms}. */
  String column();

  /** The bound, in the unit of the column. */
  double bound();

  /** What a replay came to, in the unit of the column; infinite where requests were missed. */
  double measure(Latency latency, Load load);

  /** Whether the value is within the bound. */
  default boolean isMet(double value) {
    return value <= bound();
  }

  /** Whether a finished request is one of those that the criterion is about. */
  boolean concerns(RequestView request, Load load);

  /** How far the value is beyond the bound: 1 at the bound, more beyond it. */
  default double excess(double value) {
    return value / bound();
  }

  /** A latency as {@link Latency} defines it. */
  enum Metric {
    TTFT,
    TPOT,
    ITL,
    E2E;

    Distribution of(Latency latency) {
      return switch (this) {
        case TTFT -> latency.ttft();
        case TPOT -> latency.tpot();
        case ITL -> latency.itl();
        case E2E -> latency.endToEnd();
      };
    }

    /** The latency of one request, as far as it has one value. */
    OptionalLong nanos(RequestView request) {
      long first = request.firstTokenNanos();
      return switch (this) {
        case TTFT -> OptionalLong.of(first - request.arrivalNanos());
        case TPOT ->
          OptionalLong.of(
              (request.finishNanos() - first) / Math.max(1, request.outputTokens() - 1));
        case ITL -> OptionalLong.empty();
        case E2E -> OptionalLong.of(request.finishNanos() - request.arrivalNanos());
      };
    }

    /** Values that missed requests would have had; of gaps between tokens one each at least. */
    long missing(Load load) {
      return this == TTFT || this == E2E ? load.missed() : load.missedOfSeveralTokens();
    }
  }

  /**
   * A quantile over all requests, those missed with an infinite latency, or the mean.
   *
   * @param quantile from 0 to 1; negative for the mean
   * @param bound in milliseconds
   */
  record Quantile(String column, Metric metric, double quantile, double bound)
      implements Criterion {
    @Override
    public double measure(Latency latency, Load load) {
      Distribution values = metric.of(latency);
      long missing = metric.missing(load);
      if (values.count() == 0) {
        return missing > 0 ? Double.POSITIVE_INFINITY : 0;
      }
      if (missing == 0) {
        return (quantile < 0 ? values.mean() : values.quantile(quantile)) / 1e6;
      }
      double position = quantile * (values.count() + missing - 1);
      if (quantile < 0 || position > values.count() - 1) {
        return Double.POSITIVE_INFINITY;
      }
      return values.quantile(values.count() == 1 ? 0 : position / (values.count() - 1)) / 1e6;
    }

    @Override
    public boolean concerns(RequestView request, Load load) {
      OptionalLong its = metric.nanos(request);
      return quantile < 0 || its.isEmpty() || its.getAsLong() > bound * 1e6;
    }
  }

  /**
   * The share of requests that meet every bound on a single request.
   *
   * @param bound in percent, the least
   */
  record Attainment(double bound) implements Criterion {
    @Override
    public String column() {
      return "attainment_pct";
    }

    @Override
    public double measure(Latency latency, Load load) {
      return load.counted() == 0 ? 100 : 100.0 * load.good() / load.counted();
    }

    @Override
    public boolean isMet(double value) {
      return value >= bound;
    }

    @Override
    public boolean concerns(RequestView request, Load load) {
      return load.isBad(request);
    }

    @Override
    public double excess(double value) {
      return bound == 100 && value == 100 ? 1 : (100 - value) / (100 - bound);
    }
  }

  /**
   * The share of requests that had not got in when the last one arrived. At a rate r that is held with
   * a backlog b, the server admits (1 - b) r while requests arrive; one request is never a backlog.
   *
   * @param bound in percent, the most
   */
  record Backlog(double bound) implements Criterion {
    @Override
    public String column() {
      return "backlog_pct";
    }

    @Override
    public double measure(Latency latency, Load load) {
      return load.late() <= 1 ? 0 : 100.0 * load.late() / load.counted();
    }

    @Override
    public boolean concerns(RequestView request, Load load) {
      return load.isLate(request);
    }
  }
}
