package kvlab.report.html;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;

/**
 * Columns of numbers as text that a script unpacks: base64 of gzip of
 *
 * <pre>
 *   columns, rows                        variable-length integers, 7 bits a byte, low bits first
 *   for each column: decimals            its numbers are whole multiples of 10^-decimals
 *     for each row:  0                   no number
 *                    zigzag(delta) + 1   the multiple less that of the row before that has one
 * </pre>
 */
final class Packed {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Packed(int columns, int rows) {
    integer(columns);
    integer(rows);
  }

  /** Appends a column, rounded to so many decimals. */
  Packed column(double[] values, int decimals) {
    integer(decimals);
    double scale = Math.pow(10, decimals);
    long before = 0;
    for (double value : values) {
      if (!Double.isFinite(value)) {
        integer(0);
        continue;
      }
      long multiple = Math.round(value * scale);
      long delta = multiple - before;
      integer(((delta << 1) ^ (delta >> 63)) + 1);
      before = multiple;
    }
    return this;
  }

  private void integer(long value) {
    long rest = value;
    while (rest > 127) {
      bytes.write((int) ((rest & 127) | 128));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  /** The text. */
  String base64() {
    return Base64.getEncoder().encodeToString(gzip(bytes.toByteArray()));
  }

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
