package kvlab.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kvlab.workload.InputException;
import org.knowm.xchart.XYChart;

/**
 * A recorded run and its prediction: two curves of everything, and below them what the prediction is off
 * by. Drawn from the files of {@code kvlab validate measured} only.
 */
public final class MeasuredChart {
  private static final String MEASURED = "measured";
  private static final String PREDICTED = "predicted";
  private static final List<String> BOTH = List.of(MEASURED, PREDICTED);
  private static final int HEIGHT = 210;
  private static final int RESIDUAL_HEIGHT = 130;
  private static final double HEADROOM = 1.04;

  private MeasuredChart() {}

  /** Draws {@code measured-over-time} and {@code measured-latency}, each as SVG and PNG. */
  public static void drawAll(Path runDir, Path chartsDir, String name) {
    RunTable time = RunTable.read(runDir.resolve("timeseries.csv"), List.of(), List.of("t_s"));
    RunTable requests = RunTable.read(runDir.resolve("requests.csv"), List.of(), List.of("id"));
    try {
      if (time.rows() > 1) {
        FigureFiles.write(overTime(time, name), chartsDir, "measured-over-time");
      }
      FigureFiles.write(latency(requests, name), chartsDir, "measured-latency");
    } catch (IOException e) {
      throw new InputException(chartsDir + ": charts cannot be written: " + e.getMessage(), e);
    }
  }

  private static Figure overTime(RunTable table, String name) {
    int width = Figure.panelWidth(3);
    double[] t = column(table, "t_s");
    List<Panel> panels = new ArrayList<>();
    List<Panel> residuals = new ArrayList<>();
    String[][] all = {
      {"running", "Running requests"}, {"waiting", "Waiting requests"}, {"kv_percent", "KV use (%)"}
    };
    for (String[] one : all) {
      Curve measured = new Curve(t, column(table, one[0]));
      if (Arrays.stream(measured.y()).allMatch(y -> y == 0)) {
        continue; // it was not recorded
      }
      Curve predicted = new Curve(t, column(table, "predicted_" + one[0]));
      panels.add(pair(one[1], "", "", measured, predicted, width));
      residuals.add(residual("time (s)", difference(measured, predicted), width));
    }
    int columns = Math.max(1, panels.size());
    panels.addAll(residuals);
    return new Figure(
        "Does the replay run and wait as the GPU did?",
        "vLLM's log line of every second · below: predicted less measured · " + name,
        columns,
        panels,
        Legend.ofDesigns(BOTH));
  }

  private static Figure latency(RunTable table, String name) {
    int width = Figure.panelWidth(3);
    List<Panel> panels = new ArrayList<>();
    List<Panel> residuals = new ArrayList<>();
    String[][] all = {{"ttft_s", "TTFT (s)"}, {"tpot_s", "TPOT (ms)"}, {"e2e_s", "E2E (s)"}};
    for (String[] one : all) {
      double scale = one[0].startsWith("tpot") ? 1e3 : 1;
      Curve measured = quantiles(column(table, one[0]), scale);
      Curve predicted = quantiles(column(table, "predicted_" + one[0]), scale);
      panels.add(pair(one[1], "", "", measured, predicted, width));
      residuals.add(residual("share of requests (%)", difference(measured, predicted), width));
    }
    panels.addAll(residuals);
    return new Figure(
        "Are requests served as fast as on the GPU?",
        "latency that a share of the requests stays below · below: predicted less measured · "
            + name,
        3,
        panels,
        Legend.ofDesigns(BOTH));
  }

  private static Curve quantiles(double[] values, double scale) {
    double[] sorted = Arrays.stream(values).map(v -> v * scale).sorted().toArray();
    double[] share = new double[sorted.length];
    Arrays.setAll(share, i -> 100.0 * (i + 0.5) / sorted.length);
    return new Curve(share, sorted);
  }

  private static Curve difference(Curve measured, Curve predicted) {
    double[] y = new double[measured.size()];
    Arrays.setAll(y, i -> predicted.y()[i] - measured.y()[i]);
    return new Curve(measured.x(), y);
  }

  private static Panel pair(
      String title, String xTitle, String yTitle, Curve measured, Curve predicted, int width) {
    XYChart chart = Plots.plot(width, HEIGHT, xTitle, yTitle);
    chart.getStyler().setYAxisLeftWidthHint(60);
    Plots.xRange(chart, 0, last(measured));
    Plots.yRange(chart, 0, Plots.niceCeiling(most(measured, predicted) * HEADROOM));
    Plots.line(chart, MEASURED, measured, 0, 2);
    Plots.line(chart, PREDICTED, predicted, 1, 2);
    return Panel.of(title, chart);
  }

  private static Panel residual(String xTitle, Curve difference, int width) {
    XYChart chart = Plots.plot(width, RESIDUAL_HEIGHT, xTitle, "");
    chart.getStyler().setYAxisLeftWidthHint(60);
    Plots.xRange(chart, 0, last(difference));
    double furthest =
        Plots.niceCeiling(Arrays.stream(difference.y()).map(Math::abs).max().orElse(1) * HEADROOM);
    Plots.yRange(chart, -furthest, furthest);
    Plots.line(chart, PREDICTED, difference, 0, 1);
    return Panel.of("", chart);
  }

  private static double last(Curve curve) {
    return curve.size() == 0 ? 1 : curve.x()[curve.size() - 1];
  }

  private static double most(Curve a, Curve b) {
    double most = 0;
    for (Curve curve : List.of(a, b)) {
      most = Math.max(most, Arrays.stream(curve.y()).max().orElse(0));
    }
    return most;
  }

  private static double[] column(RunTable table, String column) {
    double[] values = new double[table.rows()];
    Arrays.setAll(values, row -> table.number(column, row));
    return values;
  }
}
