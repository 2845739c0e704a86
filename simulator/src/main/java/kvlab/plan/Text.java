package kvlab.plan;

import java.util.Locale;

/** Values with units, for people. */
final class Text {
  private Text() {}

  /** The name of a column without its unit. */
  static String name(String column) {
    return column.replaceFirst("_(ms|pct)$", "");
  }

  /** A value in the unit of its column. */
  static String value(String column, double value) {
    return column.endsWith("_pct") ? percent(value) : millis(value);
  }

  static String percent(double value) {
    return rounded(value) + "%";
  }

  /** A time of so many milliseconds, in the unit in which it reads best. */
  static String millis(double millis) {
    if (Double.isInfinite(millis)) {
      return "never";
    }
    if (millis >= 1000) {
      return rounded(millis / 1e3) + " s";
    }
    return millis >= 1 || millis == 0 ? rounded(millis) + " ms" : rounded(millis * 1e3) + " us";
  }

  /** Four significant digits, or all of a whole part that has more. */
  static String rounded(double value) {
    double size = Math.abs(value);
    int decimals = size >= 1000 || size == 0 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    return text.contains(".") ? text.replaceFirst("0+$", "").replaceFirst("\\.$", "") : text;
  }
}
