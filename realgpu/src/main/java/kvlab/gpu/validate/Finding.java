package kvlab.gpu.validate;

import java.util.Locale;

/**
 * One line of the table: what was predicted, what the device did.
 *
 * @param part such as {@code M1}
 * @param predicted NaN where nothing was predicted
 * @param error in the unit of the threshold; NaN where there is none
 * @param threshold the most that the error may be; NaN where it is only reported
 */
record Finding(
    String part,
    String what,
    String unit,
    double predicted,
    double measured,
    double error,
    double threshold) {
  Finding {
    if (what.contains(",")) {
      throw new IllegalArgumentException("a comma would end the cell: " + what);
    }
  }

  static final String HEADER = "part,what,unit,predicted,measured,error,threshold,verdict";

  /** Something measured that other parts build on. */
  static Finding reported(String part, String what, String unit, double measured) {
    return new Finding(part, what, unit, Double.NaN, measured, Double.NaN, Double.NaN);
  }

  /** Held to the relative difference in percent. */
  static Finding within(
      String part, String what, String unit, double predicted, double measured, double percent) {
    double error = 100 * (predicted - measured) / measured;
    return new Finding(part, what, unit, predicted, measured, error, percent);
  }

  /** Held to the relative difference in percent; whole numbers. */
  static Finding counted(
      String part, String what, String unit, long predicted, long measured, double percent) {
    return within(part, what, unit, (double) predicted, (double) measured, percent);
  }

  /** Held to a least value. */
  static Finding atLeast(String part, String what, String unit, double least, double measured) {
    return new Finding(part, what, unit, least, measured, Math.max(0, least - measured), 0);
  }

  /** The same without a threshold: times of the CPU twin mean nothing. */
  Finding unjudged() {
    return new Finding(part, what, unit, predicted, measured, error, Double.NaN);
  }

  boolean isJudged() {
    return !Double.isNaN(threshold);
  }

  boolean passes() {
    return Math.abs(error) <= threshold; // not when it is NaN
  }

  String verdict() {
    return !isJudged() ? "reported" : passes() ? "ok" : "OUTSIDE";
  }

  String[] cells() {
    return new String[] {
      part,
      what,
      unit,
      number(predicted),
      number(measured),
      number(error),
      number(threshold),
      verdict()
    };
  }

  /** A line of a file, which {@link #parse} reads back exactly. */
  String line() {
    return String.join(
        ",",
        part,
        what,
        unit,
        exact(predicted),
        exact(measured),
        exact(error),
        exact(threshold),
        verdict());
  }

  private static String exact(double value) {
    return Double.isNaN(value) ? "-" : Double.toString(value);
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.4f" : "%.2f", value);
  }

  static Finding parse(String line) {
    String[] cells = line.split(",", -1);
    return new Finding(
        cells[0],
        cells[1],
        cells[2],
        value(cells[3]),
        value(cells[4]),
        value(cells[5]),
        value(cells[6]));
  }

  private static double value(String cell) {
    return cell.equals("-") ? Double.NaN : Double.parseDouble(cell);
  }
}
