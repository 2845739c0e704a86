package kvlab.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Writes CSV lines of whole numbers without allocating. */
final class CsvLines {
  private static final int FLUSH_BYTES = 1 << 16;
  private static final int LONGEST_CELL = 21; // sign, 19 digits, separator

  private final OutputStream out;
  private final byte[] buffer = new byte[FLUSH_BYTES + 64 * LONGEST_CELL];
  private int used;

  CsvLines(OutputStream out, String header) {
    this.out = out;
    byte[] bytes = (header + "\n").getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, buffer, 0, bytes.length);
    used = bytes.length;
  }

  /** Appends a number and a comma. */
  CsvLines cell(long value) {
    long rest = value;
    if (rest < 0) {
      buffer[used++] = '-';
      rest = -rest;
    }
    int digits = 1;
    for (long power = rest; power >= 10; power /= 10) {
      digits++;
    }
    for (int i = used + digits - 1; i >= used; i--) {
      buffer[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    used += digits;
    buffer[used++] = ',';
    return this;
  }

  /** Ends the line. */
  void end() {
    buffer[used - 1] = '\n';
    if (used >= FLUSH_BYTES) {
      try {
        write();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void write() throws IOException {
    out.write(buffer, 0, used);
    used = 0;
  }

  void flush() throws IOException {
    write();
    out.flush();
  }
}
