package kvlab.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Text of a file in UTF-8, mostly numbers, written as the bytes that it will be. */
final class Characters {
  private static final int LONGEST_NUMBER = 24; // bytes

  private byte[] bytes = new byte[1 << 12];
  private int size;

  Characters add(String text) {
    byte[] its = text.getBytes(UTF_8);
    makeRoom(its.length);
    System.arraycopy(its, 0, bytes, size, its.length);
    size += its.length;
    return this;
  }

  /** Adds an ASCII character. */
  Characters add(char character) {
    makeRoom(1);
    bytes[size++] = (byte) character;
    return this;
  }

  Characters add(int number) {
    makeRoom(LONGEST_NUMBER);
    if (number < 0) {
      bytes[size++] = '-';
    }
    whole(Math.abs((long) number));
    return this;
  }

  Characters add(Characters more) {
    makeRoom(more.size);
    System.arraycopy(more.bytes, 0, bytes, size, more.size);
    size += more.size;
    return this;
  }

  /** Adds a number with two decimals, which is enough of a pixel. */
  Characters number(double value) {
    makeRoom(LONGEST_NUMBER);
    long hundredths = Math.round(value * 100);
    if (hundredths < 0) {
      bytes[size++] = '-';
    }
    long rest = Math.abs(hundredths);
    int decimals = (int) (rest % 100);
    whole(rest / 100);
    if (decimals != 0) {
      bytes[size++] = '.';
      bytes[size++] = (byte) ('0' + decimals / 10);
      if (decimals % 10 != 0) {
        bytes[size++] = (byte) ('0' + decimals % 10);
      }
    }
    return this;
  }

  private void whole(long number) {
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    long rest = number;
    for (int i = size + digits - 1; i >= size; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /** Puts another ASCII character in the place of the last. */
  void replaceLast(char character) {
    bytes[size - 1] = (byte) character;
  }

  private void makeRoom(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, size);
  }

  @Override
  public String toString() {
    return new String(bytes, 0, size, UTF_8);
  }
}
