package kvlab.workload;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Decimal numbers read straight from ASCII bytes, exactly: no double takes part. A result below zero
 * is not a number but one of the codes, which {@link #problem} words.
 */
final class Numbers {
  static final long NOT_A_NUMBER = -1;
  static final long NEGATIVE = -2;
  static final long TOO_LARGE = -3;
  static final long EMPTY = -4;
  static final long NOT_WHOLE = -5;

  /** Most digits that a long holds whatever they are. */
  private static final int SAFE_DIGITS = 18;

  /** Longest decimal with an exponent that is worth the slow way; real ones have about 20. */
  private static final int MAX_EXPONENT_FORM_BYTES = 64;

  static final long[] POWERS_OF_TEN = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000
  };

  private Numbers() {}

  /** The whole number in {@code [from, to)}, or a code. */
  static long whole(byte[] b, int from, int to, long max) {
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        return signed(b, from, to) == NEGATIVE ? NEGATIVE : NOT_WHOLE;
      }
      if (i - from >= SAFE_DIGITS && value > (Long.MAX_VALUE - digit) / 10) {
        return allDigits(b, i, to) ? TOO_LARGE : NOT_WHOLE;
      }
      value = value * 10 + digit;
    }
    if (from == to) {
      return EMPTY;
    }
    return value > max ? TOO_LARGE : value;
  }

  /**
   * The decimal in {@code [from, to)} times 10^shift, rounded down: with shift 9, seconds as
   * nanoseconds. The shift is at most 9; a form such as {@code 5e-05} is read as well.
   */
  static long decimal(byte[] b, int from, int to, int shift) {
    long value = 0;
    int i = from;
    for (; i < to; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      if (i - from >= SAFE_DIGITS) {
        return TOO_LARGE;
      }
      value = value * 10 + digit;
    }
    int digits = i - from;
    long fraction = 0;
    int fractionDigits = 0;
    if (i < to && b[i] == '.') {
      for (i++; i < to; i++) {
        int digit = b[i] - '0';
        if (digit < 0 || digit > 9) {
          break;
        }
        if (fractionDigits < shift) {
          fraction = fraction * 10 + digit;
          fractionDigits++;
        }
        digits++;
      }
    }
    if (i < to) {
      return b[i] == 'e' || b[i] == 'E' ? exponentForm(b, from, to, shift) : signed(b, from, to);
    }
    if (digits == 0) {
      return from == to ? EMPTY : NOT_A_NUMBER;
    }
    if (value > (Long.MAX_VALUE - POWERS_OF_TEN[shift]) / POWERS_OF_TEN[shift]) {
      return TOO_LARGE;
    }
    return value * POWERS_OF_TEN[shift] + fraction * POWERS_OF_TEN[shift - fractionDigits];
  }

  /** What is wrong with a value, for the end of a message. */
  static String problem(long code) {
    if (code == NEGATIVE) {
      return "is negative";
    }
    if (code == TOO_LARGE) {
      return "is too large";
    }
    if (code == NOT_WHOLE) {
      return "is not a whole number";
    }
    return code == EMPTY ? "is empty" : "is not a number";
  }

  private static long exponentForm(byte[] b, int from, int to, int shift) {
    if (to - from > MAX_EXPONENT_FORM_BYTES) {
      return NOT_A_NUMBER;
    }
    try {
      BigDecimal value =
          new BigDecimal(new String(b, from, to - from, StandardCharsets.ISO_8859_1));
      if (value.signum() < 0) {
        return NEGATIVE;
      }
      if ((long) value.precision() - value.scale() > SAFE_DIGITS - shift) {
        return TOO_LARGE;
      }
      if ((long) value.precision() - value.scale() < -shift) {
        return 0; // below the last digit kept, and perhaps far too small to write out
      }
      return value.movePointRight(shift).setScale(0, RoundingMode.FLOOR).longValueExact();
    } catch (NumberFormatException e) {
      return NOT_A_NUMBER;
    }
  }

  private static long signed(byte[] b, int from, int to) {
    boolean negative = b[from] == '-' && to - from > 1;
    for (int i = from + 1; i < to && negative; i++) {
      negative = (b[i] >= '0' && b[i] <= '9') || b[i] == '.';
    }
    return negative ? NEGATIVE : NOT_A_NUMBER;
  }

  private static boolean allDigits(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] < '0' || b[i] > '9') {
        return false;
      }
    }
    return true;
  }
}
