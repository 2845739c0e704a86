package kvlab.metrics;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/** Writes integers of variable length: 7 bits a byte, low bits first, the top bit set in all but the last. */
final class Integers implements Closeable {
  private static final int LONGEST = 10; // bytes of one

  private final OutputStream out;
  private final byte[] buffer = new byte[1 << 16];
  private int used;

  Integers(OutputStream out) {
    this.out = out;
  }

  /** Writes one that is not negative. */
  void put(long value) throws IOException {
    if (used > buffer.length - LONGEST) {
      flush();
    }
    long rest = value;
    while (rest > 127) {
      buffer[used++] = (byte) ((rest & 127) | 128);
      rest >>>= 7;
    }
    buffer[used++] = (byte) rest;
  }

  /** Writes one of any sign, as 0, -1, 1, -2, 2 .. become 0, 1, 2, 3, 4. */
  void putSigned(long value) throws IOException {
    put((value << 1) ^ (value >> 63));
  }

  private void flush() throws IOException {
    out.write(buffer, 0, used);
    used = 0;
  }

  @Override
  public void close() throws IOException {
    flush();
    out.close();
  }
}
