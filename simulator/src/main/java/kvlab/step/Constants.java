package kvlab.step;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.StringJoiner;

/** A value for every {@link Constant}; immutable. */
public final class Constants {
  private static final int DIGITS = 12;

  private final double[] values; // [Constant.ordinal]

  private Constants(double[] values) {
    this.values = values;
  }

  /** Every constant at its least value: a start to set constants on. */
  public static Constants least() {
    double[] values = new double[Constant.values().length];
    for (Constant constant : Constant.values()) {
      values[constant.ordinal()] = constant.least();
    }
    return new Constants(values);
  }

  public double of(Constant constant) {
    return values[constant.ordinal()];
  }

  /**
   * The same with one value replaced.
   *
   * @throws IllegalArgumentException when the constant cannot have that value
   */
  public Constants with(Constant constant, double value) {
    if (!(value >= constant.least() && value <= constant.most())) {
      throw new IllegalArgumentException(constant + " must be from " + constant.least() + " to "
          + constant.most() + ", not " + value);
    }
    double[] copy = values.clone();
    copy[constant.ordinal()] = value;
    return new Constants(copy);
  }

  /** As {@code --step-time roofline:} takes them; the same text on every JDK. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(",");
    for (Constant constant : Constant.values()) {
      text.add(constant + "=" + plain(of(constant)));
    }
    return text.toString();
  }

  /** A number in twelve digits at most; {@code Double.toString} has other last digits on another JDK. */
  static String plain(double value) {
    return new BigDecimal(value, new MathContext(DIGITS)).stripTrailingZeros().toPlainString();
  }
}
