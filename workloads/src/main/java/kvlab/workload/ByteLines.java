package kvlab.workload;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The non-blank lines of a text as ranges of a byte array that is refilled in chunks, so that a line
 * costs no object.
 *
 * <pre>
 *   bytes   ... 374,44 \r \n 2023-11-16 18:15:50.9951690,396,109 \r \n ...
 *                            ^ start                             ^ end
 * </pre>
 *
 * <p>A line ends at LF or at the end of the text; a CR before it and a byte order mark before the
 * first line are no part of it. A range holds until the next line is asked for.
 */
final class ByteLines {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int MAX_LINE_BYTES = 1 << 26;
  private static final int MAX_QUOTED_CHARS = 40;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private final TraceInput in;
  private byte[] bytes = new byte[CHUNK_BYTES];
  private int filled;
  private int unread;
  private int start;
  private int end;
  private long line;
  private boolean drained;

  ByteLines(TraceInput in) {
    this.in = in;
  }

  /** Moves to the next line with anything but blanks on it; false at the end of the text. */
  boolean next() {
    do {
      if (!advance()) {
        return false;
      }
    } while (isBlank());
    return true;
  }

  byte[] bytes() {
    return bytes;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  /** The line as text; for headers. */
  String text() {
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  /** Where the line stands: {@code file:line}, lines counted from 1. */
  String place() {
    return in.name() + ":" + line;
  }

  /** The exception for a bad value of this line, as {@code file:line: column value 'x' why}. */
  InputException bad(String column, int from, int to, String why) {
    int shown = Math.min(to, from + MAX_QUOTED_CHARS);
    String value = new String(bytes, from, shown - from, StandardCharsets.UTF_8);
    String oneLine = value.codePoints().anyMatch(Character::isISOControl) ? "(binary)" : value;
    String more = shown < to ? "..." : "";
    return new InputException(place() + ": " + column + " value '" + oneLine + more + "' " + why);
  }

  private boolean advance() {
    int from = unread;
    int feed = indexOf(bytes, from, filled, '\n');
    while (feed < 0 && !drained) {
      int searched = filled - from;
      from = refill(from);
      feed = indexOf(bytes, from + searched, filled, '\n');
    }
    if (feed < 0 && from == filled) {
      return false;
    }
    start = from;
    end = feed < 0 ? filled : feed;
    unread = feed < 0 ? filled : feed + 1;
    if (end > start && bytes[end - 1] == '\r') {
      end--;
    }
    if (line++ == 0 && end - start >= 3 && hasByteOrderMark()) {
      start += 3;
    }
    return true;
  }

  /** Keeps the bytes from the given one on, moved to the front, and reads more behind them. */
  private int refill(int from) {
    int kept = filled - from;
    if (kept == bytes.length) {
      if (kept >= MAX_LINE_BYTES) {
        throw new InputException(
            in.name() + ":" + (line + 1) + ": a line of over " + MAX_LINE_BYTES + " bytes");
      }
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    } else {
      System.arraycopy(bytes, from, bytes, 0, kept);
    }
    int n = in.read(bytes, kept, bytes.length - kept);
    drained = n < 0;
    filled = kept + Math.max(n, 0);
    return 0;
  }

  /** Index of the first such ASCII character in {@code [from, to)}, or -1; eight bytes at a time. */
  static int indexOf(byte[] b, int from, int to, char character) {
    long pattern = character * ONES;
    int i = from;
    for (; i + Long.BYTES <= to; i += Long.BYTES) {
      long difference = longAt(b, i) ^ pattern;
      // the lowest byte that is zero sets its high bit; higher ones may follow falsely
      long zeros = (difference - ONES) & ~difference & HIGHS;
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >> 3);
      }
    }
    for (; i < to; i++) {
      if (b[i] == character) {
        return i;
      }
    }
    return -1;
  }

  /** Eight bytes, of which the first is the lowest. */
  static long longAt(byte[] b, int index) {
    return (long) LONGS.get(b, index);
  }

  private boolean isBlank() {
    for (int i = start; i < end; i++) {
      if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private boolean hasByteOrderMark() {
    return bytes[start] == (byte) 0xef
        && bytes[start + 1] == (byte) 0xbb
        && bytes[start + 2] == (byte) 0xbf;
  }
}
