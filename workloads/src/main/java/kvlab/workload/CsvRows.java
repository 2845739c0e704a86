package kvlab.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a CSV file with a header line, as ranges of each line's bytes. A field may stand in
 * double quotes, which are no part of it; a quoted field ends on its own line. Blanks around an
 * unquoted field are no part of it either.
 */
final class CsvRows {
  private final ByteLines lines;
  private final List<String> names;
  private final int[] from; // [column]
  private final int[] to; // [column]
  private int columnsUsed;

  /** Reads the header line. */
  CsvRows(ByteLines lines) {
    this.lines = lines;
    this.names = lines.next() ? names(lines.text()) : List.of();
    this.from = new int[names.size()];
    this.to = new int[names.size()];
  }

  /** The column names of a header line. */
  static List<String> names(String header) {
    List<String> names = new ArrayList<>();
    for (String name : header.split(",", -1)) {
      String bare = name.strip();
      boolean quoted = bare.length() > 1 && bare.startsWith("\"") && bare.endsWith("\"");
      names.add(quoted ? bare.substring(1, bare.length() - 1).strip() : bare);
    }
    return names;
  }

  /** The column of that name, or -1; rows are split as far as the columns asked for. */
  int column(String name) {
    int column = names.indexOf(name);
    columnsUsed = Math.max(columnsUsed, column + 1);
    return column;
  }

  /** The column of that name, which must be there. */
  int requiredColumn(String name) {
    int column = column(name);
    if (column < 0) {
      throw new InputException(lines.place() + ": no column '" + name + "'");
    }
    return column;
  }

  /** Moves to the next row and splits it; false at the end. */
  boolean next() {
    if (!lines.next()) {
      return false;
    }
    byte[] b = lines.bytes();
    int end = lines.end();
    int at = lines.start();
    for (int column = 0; column < columnsUsed; column++) {
      if (at > end) {
        throw new InputException(
            lines.place() + ": " + column + " fields, expected " + names.size());
      }
      at = field(b, at, end, column) + 1;
    }
    return true;
  }

  byte[] bytes() {
    return lines.bytes();
  }

  int from(int column) {
    return from[column];
  }

  int to(int column) {
    return to[column];
  }

  boolean isEmpty(int column) {
    return from[column] == to[column];
  }

  String place() {
    return lines.place();
  }

  /** A count of tokens: a whole number from 0. */
  int tokens(int column) {
    long value = Numbers.whole(lines.bytes(), from[column], to[column], Integer.MAX_VALUE);
    return (int) checked(column, value);
  }

  /** A whole number of either sign. */
  long signed(int column) {
    boolean minus = !isEmpty(column) && lines.bytes()[from[column]] == '-';
    int digits = from[column] + (minus ? 1 : 0);
    long value = Numbers.whole(lines.bytes(), digits, to[column], Long.MAX_VALUE);
    return minus ? -checked(column, value) : checked(column, value);
  }

  /** A decimal from 0 times 10^shift, rounded down. */
  long decimal(int column, int shift) {
    long value = Numbers.decimal(lines.bytes(), from[column], to[column], shift);
    return checked(column, value);
  }

  /** The value, unless it is a code of {@link Numbers}. */
  long checked(int column, long value) {
    if (value < 0) {
      throw bad(column, Numbers.problem(value));
    }
    return value;
  }

  InputException bad(int column, String why) {
    return lines.bad(names.get(column), from[column], to[column], why);
  }

  /** The exception for one item of a field that holds several. */
  InputException badPart(int column, int partFrom, int partTo, String why) {
    return lines.bad(names.get(column), partFrom, partTo, why);
  }

  /** Finds the field that starts at the index; gives the index of the comma after it, or the end. */
  private int field(byte[] b, int start, int end, int column) {
    int at = start;
    if (at < end && b[at] == '"') {
      return quotedField(b, start, end, column);
    }
    int comma = ByteLines.indexOf(b, start, end, ',');
    at = comma < 0 ? end : comma;
    int first = start;
    int last = at;
    while (first < last && isBlank(b[first])) {
      first++;
    }
    while (last > first && isBlank(b[last - 1])) {
      last--;
    }
    from[column] = first;
    to[column] = last;
    return at;
  }

  private int quotedField(byte[] b, int start, int end, int column) {
    int at = start + 1;
    while (at < end && (b[at] != '"' || (at + 1 < end && b[at + 1] == '"'))) {
      at += b[at] == '"' ? 2 : 1;
    }
    from[column] = start + 1;
    to[column] = Math.min(at, end);
    if (at >= end || (at + 1 < end && b[at + 1] != ',')) {
      throw bad(column, "has a quote that does not end it");
    }
    return at + 1;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
