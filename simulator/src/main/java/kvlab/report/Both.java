package kvlab.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;

/** Panels of a measured and a predicted curve each, and below each of the difference. */
final class Both {
  static final List<String> NAMES = List.of("measured", "predicted");

  private static final int WIDTH = Figure.panelWidth(3);
  private static final int HEIGHT = 210;
  private static final int DIFFERENCE_HEIGHT = 130;
  private static final double HEADROOM = 1.04;

  private final String axis;
  private final List<Panel> curves = new ArrayList<>();
  private final List<Panel> differences = new ArrayList<>();

  /** Panels on a horizontal axis of that title. */
  Both(String axis) {
    this.axis = axis;
  }

  /** Adds a pair with the same points on the axis. */
  void add(String title, Curve measured, Curve predicted) {
    XYChart chart = Plots.plot(WIDTH, HEIGHT, "", "");
    chart.getStyler().setYAxisLeftWidthHint(60);
    Plots.xRange(chart, 0, last(measured));
    double most = Math.max(most(measured.y()), most(predicted.y()));
    boolean share = title.endsWith("(%)") && most <= 100;
    Plots.yRange(chart, 0, share ? 100 : Plots.niceCeiling(most * HEADROOM));
    Plots.line(chart, NAMES.get(0), measured, 0, 2);
    Plots.line(chart, NAMES.get(1), predicted, 1, 2);
    curves.add(Panel.of(title, chart));
    double[] off = new double[measured.size()];
    Arrays.setAll(off, i -> predicted.y()[i] - measured.y()[i]);
    differences.add(difference(new Curve(measured.x(), off)));
  }

  private Panel difference(Curve difference) {
    XYChart chart = Plots.plot(WIDTH, DIFFERENCE_HEIGHT, axis, "");
    chart.getStyler().setYAxisLeftWidthHint(60);
    Plots.xRange(chart, 0, last(difference));
    double furthest = most(Arrays.stream(difference.y()).map(Math::abs).toArray());
    double range = Plots.niceCeiling(furthest * HEADROOM);
    Plots.yRange(chart, -range, range);
    Plots.line(chart, NAMES.get(1), difference, 0, 1);
    return Panel.of("", chart);
  }

  private static double last(Curve curve) {
    return curve.size() == 0 ? 1 : curve.x()[curve.size() - 1];
  }

  private static double most(double[] values) {
    return Arrays.stream(values).max().orElse(0);
  }

  int columns() {
    return Math.max(1, curves.size());
  }

  /** The curves, then the differences. */
  List<Panel> panels() {
    List<Panel> panels = new ArrayList<>(curves);
    panels.addAll(differences);
    return panels;
  }
}
