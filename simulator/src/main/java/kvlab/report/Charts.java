package kvlab.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kvlab.report.RunFiles.Kind;
import kvlab.workload.InputException;

/**
 * All charts. Each becomes a file of its name, those of a sweep one for each option, those of a device one for
 * each table, by its name.
 */
public enum Charts {
  WASTE(Kind.SUMMARY, "shares of the KV pool, a bar per design", WasteChart::new),
  POOL_OVER_TIME(
      Kind.TIMESERIES, "shares of the KV pool over time, a panel per design", PoolChart::new),
  CONCURRENCY(Kind.TIMESERIES, "running and waiting requests over time", ConcurrencyChart::new),
  THROUGHPUT(Kind.SUMMARY, "output tokens and requests per second", ThroughputChart::new),
  LATENCY(Kind.DISTRIBUTIONS, "distributions of TTFT and end-to-end latency", LatencyChart::new),
  SWEEP(Kind.SWEEP, "what each varied option changes, a figure per option", SweepChart::new),
  PAGE_SIZE(Kind.SWEEP, "shares of the KV pool over tokens per page", PageSizeChart::new),
  THROUGHPUT_LATENCY(Kind.SWEEP, "latency over throughput, a point per rate", RateChart::new),
  PLAN(Kind.TRIALS, "latency over the rate of one server, with the objective", PlanChart::new),
  MEASURED_OVER_TIME(Kind.LOG, "a recorded run and its replay over time", MeasuredTimeChart::new),
  MEASURED_LATENCY(
      Kind.REQUESTS, "latencies of a recorded run and of its replay", MeasuredLatencyChart::new),
  PREDICTED(Kind.REQUESTS, "predicted over measured latency of requests", ScatterChart::ofRequests),
  OPERATORS(Kind.OPERATORS, "predicted over measured kernel times", ScatterChart::ofOperators),
  DEVICE(
      Kind.DEVICE,
      "predicted over measured times of batches, a figure per table",
      ScatterChart::ofDevice);

  private static final int FEW = 8;

  private final Kind source;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // constructor references do not change
  private final Supplier<Chart> chart;

  Charts(Kind source, String description, Supplier<Chart> chart) {
    this.source = source;
    this.description = description;
    this.chart = chart;
  }

  /** The chart of that name. */
  public static Charts named(String name) {
    for (Charts each : values()) {
      if (each.toString().equals(name)) {
        return each;
      }
    }
    throw new InputException("unknown chart '" + name + "'; there are "
        + Arrays.stream(values()).map(Charts::toString).collect(Collectors.joining(", ")));
  }

  /** The charts that can be made from these results. */
  public static Set<Charts> of(RunFiles run) {
    Set<Charts> charts = EnumSet.noneOf(Charts.class);
    for (Charts each : values()) {
      if (run.has(each.source)) {
        charts.add(each);
      }
    }
    return charts;
  }

  /**
   * Draws charts. A file that is there is replaced when its successor is complete.
   *
   * @return the files written
   */
  public static List<Path> draw(
      Collection<Charts> charts, RunFiles run, Path chartsDir, Set<ChartFormat> formats) {
    List<Figure> figures = new ArrayList<>();
    for (Charts each : charts) {
      figures.addAll(each.chart.get().figures(run));
    }
    try {
      // A few outlines take less time than the code does that is new to the JVM and that each
      // thread would begin with.
      boolean atOnce = formats.contains(ChartFormat.PNG) || figures.size() > FEW;
      return (atOnce ? figures.parallelStream() : figures.stream())
          .flatMap(figure -> FigureFiles.write(figure, chartsDir, formats).stream())
          .toList();
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      throw new InputException(
          chartsDir + ": charts cannot be written: " + (cause == null ? "" : cause.getMessage()),
          e);
    }
  }

  /** The chart as an image, for notebooks; of a sweep that of the first option varied. */
  public BufferedImage image(RunFiles run) {
    List<Figure> figures = chart.get().figures(run);
    if (figures.isEmpty()) {
      throw new InputException("there is nothing to draw for " + this);
    }
    return FigureFiles.image(figures.get(0), 1);
  }

  /** What it shows, in a few words. */
  public String description() {
    return description;
  }

  /** The name of its files and on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A subtitle that ends with what was run. */
  static String subtitle(String what, RunFiles run) {
    return run.subject().isEmpty() ? what : what + " · " + run.subject();
  }
}
