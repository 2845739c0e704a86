package kvlab.calibrate;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import kvlab.study.IoReason;
import kvlab.workload.InputException;

/** A CSV file with a header, plain or gzip, held in memory; says which line is at fault. */
final class CsvTable {
  private final Path file;
  private final List<String> header;
  private final List<NamedCsvRecord> rows;

  private CsvTable(Path file, List<String> header, List<NamedCsvRecord> rows) {
    this.file = file;
    this.header = header;
    this.rows = rows;
  }

  static CsvTable read(Path file) {
    List<NamedCsvRecord> rows = new ArrayList<>();
    try (InputStream stored = Files.newInputStream(file);
        InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(stored) : stored;
        CsvReader<NamedCsvRecord> records = CsvReader.builder()
            .commentStrategy(CommentStrategy.SKIP)
            .ofNamedCsvRecord(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
      records.forEach(rows::add);
    } catch (CsvParseException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    } catch (EOFException | ZipException e) {
      throw unreadable(file, e);
    } catch (UncheckedIOException e) {
      throw unreadable(file, e.getCause() == null ? new IOException(e) : e.getCause());
    } catch (IOException e) {
      throw new InputException(IoReason.of(e), e);
    }
    if (rows.isEmpty()) {
      throw new InputException(file + ": no rows");
    }
    return new CsvTable(file, List.copyOf(rows.get(0).getHeader()), rows);
  }

  private static InputException unreadable(Path file, IOException e) {
    String why = e instanceof EOFException ? "cut short" : String.valueOf(e.getMessage());
    return new InputException(file + ": cannot be read: " + why, e);
  }

  Path file() {
    return file;
  }

  int rows() {
    return rows.size();
  }

  boolean has(String column) {
    return header.contains(column);
  }

  /** Whether it has all of the columns. */
  boolean hasAll(List<String> columns) {
    return header.containsAll(columns);
  }

  List<String> header() {
    return header;
  }

  String text(int row, String column) {
    return rows.get(row)
        .findField(column)
        .orElseThrow(() -> broken(row, "no column " + column))
        .strip();
  }

  /** A number of at least so much. */
  double number(int row, String column, double least) {
    String text = text(row, column);
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new InputException(place(row) + ": " + column + " is not a number: " + text, e);
    }
    if (!(value >= least && value < Double.POSITIVE_INFINITY)) {
      throw broken(row, column + " must be at least " + least + ": " + text);
    }
    return value;
  }

  InputException broken(int row, String why) {
    return new InputException(place(row) + ": " + why);
  }

  private String place(int row) {
    return file + ":" + rows.get(row).getStartingLineNumber();
  }
}
