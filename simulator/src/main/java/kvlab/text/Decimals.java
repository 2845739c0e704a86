package kvlab.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;

/** Numbers with a fixed number of decimals, as {@code String.format} writes them, in a tenth of its time. */
public final class Decimals {
  private static final long[] SCALES = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
  private static final int LONGEST = 32; // a long with commas and point
  private static final int EXACT_DIGITS = 15; // of a double, whatever they are
  private static final double[] POWERS = new double[EXACT_DIGITS + 1]; // of ten, exact too
  private static final double EXACT_BELOW = 1e12; // times the scale; a double is then right to 4e-4
  private static final double CLOSE = 1e-3;

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
  }

  private Decimals() {}

  /**
   * What {@code Double.parseDouble} makes of a text. A plain decimal of few digits is one exact double over another, which
   * the division rounds as it should be.
   */
  public static double parse(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int point = -1;
    long digits = 0;
    for (int i = start; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each >= '0' && each <= '9') {
        digits = 10 * digits + each - '0';
      } else if (each == '.' && point < 0) {
        point = i;
      } else {
        return Double.parseDouble(text);
      }
    }
    int count = text.length() - start - (point < 0 ? 0 : 1);
    if (count < 1 || count > EXACT_DIGITS) {
      return Double.parseDouble(text);
    }
    double size = digits / POWERS[point < 0 ? 0 : text.length() - 1 - point];
    return start == 0 ? size : -size;
  }

  /** A number in as many decimals, of which there may be any number; halves are rounded up. */
  public static String fixed(double value, int decimals) {
    return isSimple(value, decimals)
        ? text(scaled(value, decimals), decimals, false)
        : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** The same with a comma between thousands. */
  public static String grouped(double value, int decimals) {
    return isSimple(value, decimals)
        ? text(scaled(value, decimals), decimals, true)
        : String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A whole number with a comma between thousands. */
  public static String grouped(long value) {
    return value < 0 ? String.format(Locale.ROOT, "%,d", value) : text(value, 0, true);
  }

  private static boolean isSimple(double value, int decimals) {
    boolean positive = value > 0 || 1 / value == Double.POSITIVE_INFINITY; // and not -0
    return positive && decimals < SCALES.length && value * SCALES[decimals] < EXACT_BELOW;
  }

  /** The number times the scale, rounded as the digits that Java prints of it are. */
  private static long scaled(double value, int decimals) {
    double scaled = value * SCALES[decimals];
    long whole = (long) scaled;
    double rest = scaled - whole;
    if (Math.abs(rest - 0.5) > CLOSE) {
      return rest > 0.5 ? whole + 1 : whole;
    }
    // The half itself has at most 13 digits, so the double nearest to it is printed as the half.
    double half = (2 * whole + 1) / (2.0 * SCALES[decimals]);
    return value >= half ? whole + 1 : whole;
  }

  private static String text(long scaled, int decimals, boolean grouped) {
    byte[] text = new byte[LONGEST];
    int at = LONGEST;
    long rest = scaled;
    for (int place = 0; place <= decimals || rest > 0; place++) {
      if (place == decimals && decimals > 0) {
        text[--at] = '.';
      } else if (grouped && place > decimals && (place - decimals) % 3 == 0) {
        text[--at] = ',';
      }
      text[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return new String(text, at, LONGEST - at, ISO_8859_1);
  }
}
