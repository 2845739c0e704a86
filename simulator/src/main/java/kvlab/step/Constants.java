package kvlab.step;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A value for every {@link Constant}; immutable. */
public final class Constants {
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

  /** The constants with their values, as they can be given to a step time. */
  @Override
  public String toString() {
    return Arrays.stream(Constant.values())
        .map(constant -> constant + "=" + of(constant))
        .collect(Collectors.joining(","));
  }
}
