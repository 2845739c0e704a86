package kvlab.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import kvlab.workload.InputException;

/** All charts. Each becomes {@code <name>.svg} and {@code <name>.png}. */
public enum Charts {
  WASTE("shares of the KV pool, a bar per design", WasteChart::new),
  POOL_OVER_TIME("shares of the KV pool over time, a panel per design", PoolChart::new),
  CONCURRENCY("running and waiting requests over time", ConcurrencyChart::new),
  THROUGHPUT("output tokens and requests per second", ThroughputChart::new),
  LATENCY("distributions of TTFT and end-to-end latency", LatencyChart::new);

  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // constructor references do not change
  private final Supplier<Chart> chart;

  Charts(String description, Supplier<Chart> chart) {
    this.description = description;
    this.chart = chart;
  }

  /** Draws every chart of a run. A file that is there is replaced when its successor is complete. */
  public static void drawAll(Path runDir, Path chartsDir) {
    RunFiles run = RunFiles.open(runDir);
    for (Charts each : values()) {
      each.draw(run, chartsDir);
    }
  }

  /** Draws what each varied option of a sweep changes, as far as options are numbers. */
  public static void drawSweep(Path sweepCsv, Path chartsDir) {
    SweepChart chart = SweepChart.open(sweepCsv);
    for (String option : chart.options()) {
      write(chart.figure(option), chartsDir, "sweep-" + option);
    }
  }

  /** Draws this chart. */
  public void draw(RunFiles run, Path chartsDir) {
    if (run.designs().isEmpty()) {
      throw new InputException("summary.csv has no design to draw");
    }
    write(chart.get().figure(run), chartsDir, toString());
  }

  private static void write(Figure figure, Path chartsDir, String name) {
    try {
      FigureFiles.write(figure, chartsDir, name);
    } catch (IOException e) {
      throw new InputException(
          chartsDir + ": chart " + name + " cannot be written: " + e.getMessage(), e);
    }
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
