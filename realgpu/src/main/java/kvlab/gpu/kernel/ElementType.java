package kvlab.gpu.kernel;

import java.util.Locale;

/** The 16-bit floats that kernels work on. */
public enum ElementType {
  BF16 {
    @Override
    public short bits(float value) {
      int bits = Float.floatToRawIntBits(value);
      if (Float.isNaN(value)) {
        return NAN;
      }
      return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16); // to nearest, ties to even
    }

    @Override
    public float value(short bits) {
      return Float.intBitsToFloat(bits << 16);
    }
  },
  FP16 {
    private static final int BIAS_DIFFERENCE = 127 - 15;

    @Override
    public short bits(float value) {
      if (Float.isNaN(value)) {
        return NAN;
      }
      short sign = (short) (Float.floatToRawIntBits(value) >>> 16 & 0x8000);
      double size = StrictMath.abs((double) value);
      if (size >= 65520) { // rounds beyond the largest number
        return (short) (sign | 0x7c00);
      }
      int exponent = Math.max(-14, StrictMath.getExponent(size)); // below it numbers lose digits
      long digits = (long) StrictMath.rint(StrictMath.scalb(size, 10 - exponent));
      int biased = exponent + 15;
      // a carry out of the digits moves on into the exponent by itself
      return (short)
          (sign | (digits < 1 << 10 ? digits : ((long) biased << 10) + digits - (1 << 10)));
    }

    @Override
    public float value(short bits) {
      int exponent = bits >>> 10 & 31;
      int digits = bits & 0x3ff;
      float size;
      if (exponent == 31) {
        size = digits == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      } else if (exponent == 0) {
        size = StrictMath.scalb((float) digits, -24);
      } else {
        size = Float.intBitsToFloat((exponent + BIAS_DIFFERENCE) << 23 | digits << 13);
      }
      return bits < 0 ? -size : size;
    }
  };

  /** Not a number in both types. */
  public static final short NAN = 0x7fff;

  public static final int BYTES = 2;

  /** The nearest number of the type, ties to even. */
  public abstract short bits(float value);

  public abstract float value(short bits);

  /** As in the names of kernels. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
