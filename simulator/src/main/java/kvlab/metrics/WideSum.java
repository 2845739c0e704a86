package kvlab.metrics;

import java.math.BigInteger;

/** A sum of products of longs in 126 bits: slot-nanoseconds without overflow or drift. */
final class WideSum {
  /** Longs that a sum takes where there are many. */
  static final int WORDS = 2;

  private static final int DOUBLE_BITS = 53;
  private static final long EXACT_BELOW = 1L << DOUBLE_BITS; // as a double

  private long high; // units of 2^63
  private long low; // below 2^63

  /** Adds {@code a * b}. */
  void addProduct(long a, long b) {
    long productLow = a * b;
    long productHigh = Math.multiplyHigh(a, b);
    high += (productHigh << 1) | (productLow >>> 63);
    low += productLow & Long.MAX_VALUE;
    if (low < 0) {
      low &= Long.MAX_VALUE;
      high++;
    }
  }

  void add(WideSum other) {
    high += other.high;
    low += other.low;
    if (low < 0) {
      low &= Long.MAX_VALUE;
      high++;
    }
  }

  /** Becomes the sum that was put there. */
  void take(long[] words, int at) {
    high = words[at];
    low = words[at + 1];
  }

  /** Puts the sum in {@value #WORDS} words. */
  void put(long[] words, int at) {
    words[at] = high;
    words[at + 1] = low;
  }

  BigInteger value() {
    return BigInteger.valueOf(high).shiftLeft(63).add(BigInteger.valueOf(low));
  }

  /** The sum over a divisor, to 16 digits at least; 0 over 0 is 0. */
  double over(BigInteger divisor) {
    if (divisor.signum() == 0 || (high | low) == 0) {
      return 0;
    }
    if (high == 0 && low < EXACT_BELOW && divisor.bitLength() <= DOUBLE_BITS) {
      return (double) low / divisor.longValue();
    }
    return new java.math.BigDecimal(value())
        .divide(new java.math.BigDecimal(divisor), java.math.MathContext.DECIMAL64)
        .doubleValue();
  }
}
