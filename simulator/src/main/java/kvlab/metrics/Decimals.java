package kvlab.metrics;

import java.util.Locale;

/** Numbers with a fixed number of decimals, as {@code String.format} writes them, in a tenth of its time. */
public final class Decimals {
  private static final long[] SCALES = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
  private static final double EXACT_BELOW = 1e12; // times the scale; a double is then right to 4e-4
  private static final double CLOSE = 1e-3;

  private Decimals() {}

  /** A number in as many decimals, of which there may be any number; halves are rounded up. */
  public static String fixed(double value, int decimals) {
    if (decimals < SCALES.length) {
      double scaled = value * SCALES[decimals];
      long whole = (long) scaled;
      double rest = scaled - whole;
      boolean positive = scaled > 0 || 1 / value == Double.POSITIVE_INFINITY; // and not -0
      if (positive && scaled < EXACT_BELOW && Math.abs(rest - 0.5) > CLOSE) {
        return text(rest > 0.5 ? whole + 1 : whole, decimals);
      }
    }
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  private static String text(long scaled, int decimals) {
    String digits = Long.toString(scaled);
    if (decimals == 0) {
      return digits;
    }
    String padded = "0".repeat(Math.max(0, decimals + 1 - digits.length())) + digits;
    int point = padded.length() - decimals;
    return padded.substring(0, point) + '.' + padded.substring(point);
  }
}
