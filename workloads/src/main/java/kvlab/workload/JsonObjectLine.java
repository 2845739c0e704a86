package kvlab.workload;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One line that holds one JSON object, read key by key from its bytes (RFC 8259, as far as numbers,
 * arrays of numbers and the skipping of anything else need it). A number may stand in quotes.
 */
final class JsonObjectLine {
  private static final int MAX_DEPTH = 64;

  private final ByteLines lines;
  private byte[] b = {};
  private int at;
  private int end;
  private boolean first;
  private int keyFrom;
  private int keyTo;
  private int valueFrom;
  private int valueTo;

  JsonObjectLine(ByteLines lines) {
    this.lines = lines;
  }

  /** Moves to the next line and into its object; false at the end of the text. */
  boolean next() {
    if (!lines.next()) {
      return false;
    }
    b = lines.bytes();
    at = lines.start();
    end = lines.end();
    first = true;
    skipBlanks();
    expect('{');
    return true;
  }

  /** Moves to the next key of the object, in front of its value; false after the last. */
  boolean nextKey() {
    skipBlanks();
    if (peek() == '}') {
      at++;
      skipBlanks();
      if (at < end) {
        throw malformed("text after the object");
      }
      return false;
    }
    if (!first) {
      expect(',');
      skipBlanks();
    }
    first = false;
    keyFrom = at + 1;
    skipString();
    keyTo = at - 1;
    skipBlanks();
    expect(':');
    skipBlanks();
    return true;
  }

  boolean keyIs(byte[] name) {
    return Arrays.equals(b, keyFrom, keyTo, name, 0, name.length);
  }

  /** Reads the value as a count of tokens. */
  int tokens() {
    number();
    return (int) checked(Numbers.whole(b, valueFrom, valueTo, Integer.MAX_VALUE));
  }

  /** Reads the value as a decimal from 0 times 10^shift, rounded down. */
  long decimal(int shift) {
    number();
    return checked(Numbers.decimal(b, valueFrom, valueTo, shift));
  }

  /** Reads the value as an array of whole numbers into the hash ids; {@code null} is none. */
  void hashIds(RowFields into) {
    into.hashCount = 0;
    if (peek() == 'n') {
      skipValue();
      return;
    }
    expect('[');
    skipBlanks();
    if (peek() == ']') {
      at++;
      return;
    }
    while (true) {
      skipBlanks();
      number();
      boolean minus = valueFrom < valueTo && b[valueFrom] == '-';
      long id =
          checked(Numbers.whole(b, minus ? valueFrom + 1 : valueFrom, valueTo, Long.MAX_VALUE));
      into.addHashId(minus ? -id : id);
      skipBlanks();
      if (peek() == ']') {
        at++;
        return;
      }
      expect(',');
    }
  }

  /** Passes over the value, whatever it is. */
  void skipValue() {
    int depth = 0;
    do {
      skipBlanks();
      int c = peek();
      if (c == '"') {
        skipString();
      } else if (c == '{' || c == '[') {
        at++;
        if (++depth > MAX_DEPTH) {
          throw malformed("values nested deeper than " + MAX_DEPTH);
        }
      } else if (c == '}' || c == ']') {
        at++;
        depth--;
      } else if (c == ',' || c == ':') {
        if (depth == 0) {
          throw malformed("a value is missing");
        }
        at++;
      } else {
        skipWord();
      }
    } while (depth > 0);
  }

  InputException missing(String key) {
    return new InputException(lines.place() + ": no \"" + key + "\"");
  }

  private void number() {
    boolean quoted = peek() == '"';
    int from = at;
    if (quoted) {
      skipString();
      valueFrom = from + 1;
      valueTo = at - 1;
    } else {
      skipWord();
      valueFrom = from;
      valueTo = at;
    }
  }

  private long checked(long value) {
    if (value < 0) {
      String key = new String(b, keyFrom, keyTo - keyFrom, StandardCharsets.UTF_8);
      throw lines.bad(key, valueFrom, valueTo, Numbers.problem(value));
    }
    return value;
  }

  /** Passes over a number, true, false or null. */
  private void skipWord() {
    int from = at;
    while (at < end && isWord(b[at])) {
      at++;
    }
    if (at == from) {
      throw malformed("a value is missing");
    }
  }

  private static boolean isWord(byte c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '+'
        || c == '.';
  }

  private void skipString() {
    expect('"');
    while (peek() != '"') {
      at += b[at] == '\\' ? 2 : 1;
    }
    at++;
  }

  private void skipBlanks() {
    while (at < end && (b[at] == ' ' || b[at] == '\t')) {
      at++;
    }
  }

  private int peek() {
    if (at >= end) {
      throw malformed("the line ends too early");
    }
    return b[at];
  }

  private void expect(char c) {
    if (peek() != c) {
      throw malformed("expected '" + c + "'");
    }
    at++;
  }

  private InputException malformed(String why) {
    int column = Math.min(at, end) - lines.start() + 1;
    return new InputException(lines.place() + ": not a JSON object: " + why + " at byte " + column);
  }
}
