package kvlab.report;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

/** Scales of axes: by value, or by powers where values differ much. */
final class Axes {
  private static final double LOG_RANGE = 30; // a linear axis would crowd the low end
  private static final double SHARE_FOR_ALL = 0.36; // of a decade: 1, 2 and 5 have room for labels
  private static final int LABEL_GAP = 8;
  private static final int AXIS_ROOM = 110; // pixels of a chart that are not plot
  private static final double LEAST_DOUBLINGS = 3;
  private static final double MOST_STEP = 4.1; // values of a series of doublings or so
  private static final double LEAST_STEP = 1.4;

  private Axes() {}

  /**
   * Where values of an option stand: those that double or so from one to the next at equal distances.
   *
   * @param ascending at least one value
   * @return from a value to its place
   */
  static DoubleUnaryOperator option(XYChart chart, double... ascending) {
    double least = ascending[0];
    double most = ascending[ascending.length - 1];
    if (isSeriesOfDoublings(ascending)) {
      range(chart, log2(least), log2(most));
      chart.getStyler().setXAxisTickLabelsFormattingFunction(Axes::powerOfTwo);
      return Axes::log2;
    }
    if (differMuch(least, most)) {
      logarithmicX(chart, least, most);
    } else {
      range(chart, least, most > least ? most : least + 1);
    }
    return value -> value;
  }

  /** With room for half of a marker at either end. */
  private static void range(XYChart chart, double from, double to) {
    double room = (to - from) * Legend.MARKER_SIZE / chart.getWidth();
    Plots.xRange(chart, from - room, to + room);
  }

  private static boolean isSeriesOfDoublings(double... ascending) {
    boolean doubles = ascending[0] > 0;
    for (int i = 1; i < ascending.length; i++) {
      double step = ascending[i] / ascending[i - 1];
      doubles &= step >= LEAST_STEP && step <= MOST_STEP;
    }
    return doubles && log2(ascending[ascending.length - 1] / ascending[0]) >= LEAST_DOUBLINGS;
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static String powerOfTwo(double exponent) {
    double whole = Math.rint(exponent);
    return Math.abs(exponent - whole) < 1e-6
        ? Plots.number(Math.pow(2, whole))
        : " ".repeat(1 + (int) Math.floorMod(Math.round(100 * exponent), 97L)); // each its own
  }

  /** A logarithmic horizontal axis that holds the two values, which are above 0. */
  static void logarithmicX(XYChart chart, double least, double most) {
    XYStyler style = chart.getStyler();
    style.setXAxisMin(niceFloor(least));
    style.setXAxisMax(niceLogCeiling(most));
    style.setXAxisLogarithmic(true);
    style.setXAxisLogarithmicDecadeOnly(false);
    double label = Ink.width(Plots.number(style.getXAxisMax()), Ink.TICK) + LABEL_GAP;
    double decade =
        (chart.getWidth() - AXIS_ROOM) / Math.log10(style.getXAxisMax() / style.getXAxisMin());
    style.setXAxisTickLabelsFormattingFunction(v -> logLabel(v, label / decade));
  }

  /** A logarithmic vertical axis that holds the two values, which are above 0. */
  static void logarithmicY(XYChart chart, double least, double most) {
    XYStyler style = chart.getStyler();
    style.setYAxisMin(niceFloor(least));
    style.setYAxisMax(niceLogCeiling(most));
    style.setYAxisLogarithmic(true);
    style.setYAxisLogarithmicDecadeOnly(false);
    double decade =
        (chart.getHeight() - AXIS_ROOM) / Math.log10(style.getYAxisMax() / style.getYAxisMin());
    style.setYAxisTickLabelsFormattingFunction(
        v -> logLabel(v, (Ink.TICK.getSize() + LABEL_GAP) / decade));
  }

  /** Whether positive values differ so much that a linear axis would hide the small ones. */
  static boolean differMuch(double least, double most) {
    return least > 0 && most / least > LOG_RANGE;
  }

  /** The least of the values above 0; 0 for none. */
  static double leastPositive(double... values) {
    return Arrays.stream(values).filter(value -> value > 0).min().orElse(0);
  }

  /** The largest of 1, 2, 5 times a power of ten that is not more. */
  private static double niceFloor(double value) {
    double decade = Math.pow(10, Math.floor(Math.log10(value)));
    double digit = value / decade;
    return (digit >= 5 ? 5 : digit >= 2 ? 2 : 1) * decade;
  }

  /** The smallest of 1, 2, 5 times a power of ten that is not less. */
  private static double niceLogCeiling(double value) {
    double floor = niceFloor(value);
    double digit = floor / Math.pow(10, Math.floor(Math.log10(floor) + 1e-9));
    return value <= floor * (1 + 1e-9) ? floor : digit > 1.5 && digit < 3 ? floor * 2.5 : floor * 2;
  }

  /**
   * Decades, or every second or third of them where they are close; 2 and 5 times a decade where they are
   * far apart; a blank for the ticks between.
   *
   * @param share of a decade that a label takes
   */
  private static String logLabel(double value, double share) {
    double exponent = Math.floor(Math.log10(value) + 1e-9);
    double digit = value / Math.pow(10, exponent);
    boolean decade = Math.abs(digit - 1) < 1e-6 && exponent % Math.ceil(share) == 0;
    boolean between = Math.abs(digit - 2) < 1e-6 || Math.abs(digit - 5) < 1e-6;
    return decade || (share <= SHARE_FOR_ALL && between) ? Plots.number(value) : " ";
  }
}
