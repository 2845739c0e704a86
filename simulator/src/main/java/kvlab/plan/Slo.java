package kvlab.plan;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kvlab.metrics.Latency;
import kvlab.metrics.RequestView;
import kvlab.workload.InputException;

/**
 * A service level objective: bounds that a replay meets or not.
 *
 * <pre>
 *   ttft_p99=2s              ttft, tpot, itl or e2e; mean, p50, p90, p95 or p99; us, ms, s or m
 *   ttft=2s,tpot=100ms,attainment=99%    bounds on each request, and the share that meets them all
 *   backlog=5%               the most that may still queue when the last request arrives
 * </pre>
 *
 * <p>All are over all requests but those longer than the model takes: one that is not served has missed
 * every bound. A backlog of {@value #USUAL_BACKLOG_PCT}% is part of every objective that states none,
 * because a trace ends: without it a server that falls behind would pass as long as the trace is short
 * enough, and with bounds on TPOT alone always.
 */
public final class Slo {
  private static final double USUAL_BACKLOG_PCT = 5;
  private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(us|ms|s|m)");
  private static final Pattern PERCENT = Pattern.compile("(\\d+(?:\\.\\d+)?)%");
  private static final Map<String, Double> QUANTILES =
      Map.of("mean", -1.0, "p50", 0.50, "p90", 0.90, "p95", 0.95, "p99", 0.99);

  private final List<Criterion> criteria = new ArrayList<>();
  private final Map<Criterion.Metric, Double> eachNanos = new EnumMap<>(Criterion.Metric.class);

  private Slo() {}

  /** Reads an objective. */
  public static Slo parse(String text) {
    Slo slo = new Slo();
    for (String term : text.split(",", -1)) {
      slo.add(term.strip());
    }
    boolean attains = slo.criteria.stream().anyMatch(Criterion.Attainment.class::isInstance);
    if (slo.criteria.stream().map(Criterion::column).distinct().count() < slo.criteria.size()) {
      throw new InputException("--slo '" + text + "': a bound is given twice");
    }
    if (attains == slo.eachNanos.isEmpty()) {
      throw new InputException("--slo '" + text + "': "
          + (attains
              ? "attainment needs bounds on a request, such as ttft=2s"
              : "bounds on a request need the share that meets them, such as attainment=99%"));
    }
    if (slo.criteria.stream().allMatch(Criterion.Backlog.class::isInstance)) {
      throw new InputException("--slo '" + text + "': there is no bound on a latency");
    }
    if (slo.criteria.stream().noneMatch(Criterion.Backlog.class::isInstance)) {
      slo.criteria.add(new Criterion.Backlog(USUAL_BACKLOG_PCT));
    }
    return slo;
  }

  private void add(String term) {
    int equals = term.indexOf('=');
    String name =
        term.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT).replace('-', '_');
    String value = term.substring(equals + 1).strip();
    String[] parts = name.split("_", -1);
    Criterion.Metric metric = metric(parts[0]);
    if (name.equals("attainment")) {
      criteria.add(new Criterion.Attainment(percent(term, value)));
    } else if (name.equals("backlog")) {
      criteria.add(new Criterion.Backlog(percent(term, value)));
    } else if (parts.length == 1 && metric != null && metric != Criterion.Metric.ITL) {
      if (eachNanos.put(metric, millis(term, value) * 1e6) != null) {
        throw new InputException("--slo: '" + name + "' is given twice");
      }
    } else if (parts.length == 2 && metric != null && QUANTILES.containsKey(parts[1])) {
      double quantile = QUANTILES.get(parts[1]);
      criteria.add(new Criterion.Quantile(name + "_ms", metric, quantile, millis(term, value)));
    } else {
      throw new InputException("--slo: '" + term
          + "' is none of ttft|tpot|itl|e2e _ mean|p50|p90|p95|p99 = TIME, such as ttft_p99=2s;"
          + " ttft|tpot|e2e = TIME with attainment = SHARE%; backlog = SHARE%");
    }
  }

  private static Criterion.@org.jspecify.annotations.Nullable Metric metric(String name) {
    for (Criterion.Metric metric : Criterion.Metric.values()) {
      if (metric.name().toLowerCase(Locale.ROOT).equals(name)) {
        return metric;
      }
    }
    return null;
  }

  private static double millis(String term, String value) {
    Matcher matcher = DURATION.matcher(value);
    double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
    if (number <= 0) {
      throw new InputException(
          "--slo: '" + term + "': '" + value + "' is not a time such as 100ms, 2s or 0.5m");
    }
    return switch (matcher.group(2)) {
      case "us" -> number / 1e3;
      case "ms" -> number;
      case "s" -> number * 1e3;
      default -> number * 60e3;
    };
  }

  private static double percent(String term, String value) {
    Matcher matcher = PERCENT.matcher(value);
    double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
    if (number <= 0 || number > 100) {
      throw new InputException(
          "--slo: '" + term + "': '" + value + "' is not a share above 0% and up to 100%");
    }
    return number;
  }

  /** Whether a finished request met every bound on a single request. */
  boolean isMetBy(RequestView request) {
    for (Map.Entry<Criterion.Metric, Double> bound : eachNanos.entrySet()) {
      if (bound.getKey().nanos(request).orElse(0) > bound.getValue()) {
        return false;
      }
    }
    return true;
  }

  /** Holds a replay against each bound. */
  List<Check> check(Latency latency, Load load) {
    return criteria.stream()
        .map(criterion -> new Check(criterion, criterion.measure(latency, load)))
        .toList();
  }

  /** Its bounds on what a replay comes to. */
  List<Criterion> criteria() {
    return criteria;
  }

  /** One bound and what a replay came to. */
  public record Check(Criterion criterion, double value) {
    boolean isMet() {
      return criterion.isMet(value);
    }

    double excess() {
      return criterion.excess(value);
    }
  }

  /** The objective in words. */
  @Override
  public String toString() {
    String each = eachNanos.entrySet().stream()
        .map(bound -> bound.getKey().name().toLowerCase(Locale.ROOT) + " <= "
            + Text.millis(bound.getValue() / 1e6))
        .collect(Collectors.joining(" and "));
    return criteria.stream()
        .map(criterion -> criterion instanceof Criterion.Attainment
            ? each + " in " + Text.percent(criterion.bound()) + " of requests"
            : Text.name(criterion.column()) + " <= "
                + Text.value(criterion.column(), criterion.bound()))
        .collect(Collectors.joining(", "));
  }
}
