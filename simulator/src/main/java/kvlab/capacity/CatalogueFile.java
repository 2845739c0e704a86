package kvlab.capacity;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;

/** Reads a catalogue file: CSV with a header, comment lines that start with a hash, unique names. */
final class CatalogueFile {
  private CatalogueFile() {}

  static <T> List<T> read(
      String file, Reader in, Function<Line, T> build, Function<T, String> nameOf) {
    List<T> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    try {
      for (NamedCsvRecord record :
          CsvReader.builder().commentStrategy(CommentStrategy.SKIP).ofNamedCsvRecord(in)) {
        Line line = new Line(file, record);
        T one;
        try {
          one = build.apply(line);
        } catch (IllegalArgumentException e) {
          throw line.broken(String.valueOf(e.getMessage()), e);
        }
        if (!names.add(nameOf.apply(one))) {
          throw line.broken(nameOf.apply(one) + " is there twice", null);
        }
        all.add(one);
      }
    } catch (CsvParseException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
    return List.copyOf(all);
  }

  /** One line of the file; reads columns by name and says which line is at fault. */
  static final class Line {
    private final String file;
    private final NamedCsvRecord record;

    private Line(String file, NamedCsvRecord record) {
      this.file = file;
      this.record = record;
    }

    String text(String column) {
      String value =
          record.findField(column).orElseThrow(() -> broken("there is no column " + column, null));
      if (value.isBlank()) {
        throw broken(column + " is empty", null);
      }
      return value.strip();
    }

    long whole(String column) {
      String value = text(column);
      try {
        return Long.parseLong(value);
      } catch (NumberFormatException e) {
        throw broken(column + " is not a whole number: " + value, e);
      }
    }

    /** A whole number; 0 where the column is empty. */
    int integer(String column) {
      String value = record.findField(column).orElse("").strip();
      long number = value.isEmpty() && record.findField(column).isPresent() ? 0 : whole(column);
      if (number < 0 || number > Integer.MAX_VALUE) {
        throw broken(column + " is out of range: " + number, null);
      }
      return (int) number;
    }

    double number(String column) {
      String value = text(column);
      try {
        return Double.parseDouble(value);
      } catch (NumberFormatException e) {
        throw broken(column + " is not a number: " + value, e);
      }
    }

    boolean bool(String column) {
      String value = text(column);
      if (!value.equals("true") && !value.equals("false")) {
        throw broken(column + " is neither true nor false: " + value, null);
      }
      return value.equals("true");
    }

    <E extends Enum<E>> E constant(String column, Class<E> type) {
      return Enum.valueOf(type, text(column));
    }

    InputException broken(String why, @Nullable Exception cause) {
      String message = file + ":" + record.getStartingLineNumber() + ": " + why;
      return cause == null ? new InputException(message) : new InputException(message, cause);
    }
  }
}
