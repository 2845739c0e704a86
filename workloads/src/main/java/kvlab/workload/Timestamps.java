package kvlab.workload;

import java.time.DateTimeException;
import java.time.LocalDate;

/**
 * Calendar times straight from ASCII bytes, as nanoseconds since 1970-01-01 UTC.
 *
 * <pre>
 *   YYYY-MM-DD HH:MM:SS[.fraction][Z | +HH:MM | -HH:MM]
 *   0    5  8  11 14 17 19
 * </pre>
 *
 * <p>The blank may be a T. Digits of the fraction after the ninth are cut off. Without an offset the
 * time counts as UTC. One reader of its own per file: it remembers the last minute, which most times share
 * with the one before.
 */
final class Timestamps {
  private static final int FRACTION = 19;
  private static final int NANO_DIGITS = 9;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int DAY_SECONDS = 86_400;

  /** Years whose nanoseconds fit a long with room for an offset. */
  private static final int FIRST_YEAR = 1970;

  private static final int LAST_YEAR = 2260;

  private long lastHead; // the 16 bytes of the last date, hour and minute
  private long lastHeadEnd;
  private long lastMinuteNanos = Numbers.NOT_A_NUMBER;

  /** The time in {@code [from, to)}, or {@link Numbers#NOT_A_NUMBER}. */
  long nanos(byte[] b, int from, int to) {
    if (to - from < FRACTION || b[from + 16] != ':') {
      return Numbers.NOT_A_NUMBER;
    }
    long head = ByteLines.longAt(b, from);
    long headEnd = ByteLines.longAt(b, from + Long.BYTES);
    if (head != lastHead || headEnd != lastHeadEnd) {
      lastMinuteNanos = minuteNanos(b, from);
      lastHead = head;
      lastHeadEnd = headEnd;
    }
    int second = two(b, from + 17);
    if (lastMinuteNanos < 0 || second < 0 || second > 59) {
      return Numbers.NOT_A_NUMBER;
    }
    return tail(b, from + FRACTION, to, lastMinuteNanos + second * SECOND_NANOS);
  }

  /** The start of the minute that {@code YYYY-MM-DD HH:MM} names. */
  private long minuteNanos(byte[] b, int from) {
    if (b[from + 4] != '-'
        || b[from + 7] != '-'
        || (b[from + 10] != ' ' && b[from + 10] != 'T')
        || b[from + 13] != ':') {
      return Numbers.NOT_A_NUMBER;
    }
    int year = two(b, from) * 100 + two(b, from + 2);
    int month = two(b, from + 5);
    int dayOfMonth = two(b, from + 8);
    int hour = two(b, from + 11);
    int minute = two(b, from + 14);
    // two() gives at most 99, or a negative number that survives the sums below
    if ((year | month | dayOfMonth | hour | minute) < 0 || hour > 23 || minute > 59) {
      return Numbers.NOT_A_NUMBER;
    }
    long day = epochDay(year, month, dayOfMonth);
    if (day < 0) {
      return Numbers.NOT_A_NUMBER;
    }
    return (day * DAY_SECONDS + hour * 3_600L + minute * 60L) * SECOND_NANOS;
  }

  private static long tail(byte[] b, int from, int to, long wholeNanos) {
    int i = from;
    long fraction = 0;
    if (i < to && b[i] == '.') {
      int digits = 0;
      for (i++; i < to && b[i] >= '0' && b[i] <= '9'; i++) {
        if (digits < NANO_DIGITS) {
          fraction = fraction * 10 + (b[i] - '0');
          digits++;
        }
      }
      fraction *= Numbers.POWERS_OF_TEN[NANO_DIGITS - digits];
    }
    if (i == to || (b[i] == 'Z' && i + 1 == to)) {
      return wholeNanos + fraction;
    }
    return offset(b, i, to, wholeNanos + fraction);
  }

  private static long offset(byte[] b, int from, int to, long nanos) {
    if (to - from != 6 || (b[from] != '+' && b[from] != '-') || b[from + 3] != ':') {
      return Numbers.NOT_A_NUMBER;
    }
    int hours = two(b, from + 1);
    int minutes = two(b, from + 4);
    if ((hours | minutes) < 0 || hours > 18 || minutes > 59) {
      return Numbers.NOT_A_NUMBER;
    }
    long offset = (hours * 3_600L + minutes * 60L) * SECOND_NANOS;
    long utc = b[from] == '+' ? nanos - offset : nanos + offset;
    return utc < 0 ? Numbers.NOT_A_NUMBER : utc;
  }

  private static long epochDay(int year, int month, int dayOfMonth) {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      return Numbers.NOT_A_NUMBER;
    }
    try {
      return LocalDate.of(year, month, dayOfMonth).toEpochDay();
    } catch (DateTimeException e) {
      return Numbers.NOT_A_NUMBER;
    }
  }

  /** Two digits as a number, or a number so far below zero that no sum with others lifts it. */
  private static int two(byte[] b, int at) {
    int tens = b[at] - '0';
    int ones = b[at + 1] - '0';
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) {
      return -1_000_000;
    }
    return tens * 10 + ones;
  }
}
