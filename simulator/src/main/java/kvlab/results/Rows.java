package kvlab.results;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvlab.workload.InputException;

/**
 * The rows of a result file, as text, in file order.
 *
 * @param file for messages
 * @param all cells by column
 */
record Rows(String file, List<Map<String, String>> all) {
  static Rows read(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new InputException(path + ": there is no such result file");
    }
    List<Map<String, String>> all = new ArrayList<>();
    try (CsvReader<NamedCsvRecord> records =
        CsvReader.builder().commentStrategy(CommentStrategy.SKIP).ofNamedCsvRecord(path)) {
      for (NamedCsvRecord each : records) {
        all.add(new LinkedHashMap<>(each.getFieldsAsMap()));
      }
    } catch (IOException | CsvParseException e) {
      throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
    }
    return new Rows(String.valueOf(path.getFileName()), all);
  }

  /** The rows that meet every condition: {@code column=text}, {@code column<=number}, {@code column>=number}. */
  Rows where(List<String> conditions) {
    List<Map<String, String>> left = new ArrayList<>(all);
    for (String condition : conditions) {
      left.removeIf(row -> !meets(row, condition));
    }
    return new Rows(file + conditions, left);
  }

  private boolean meets(Map<String, String> row, String condition) {
    int equals = condition.indexOf('=');
    if (equals < 1) {
      throw new InputException(file + ": '" + condition + "' is not a condition");
    }
    char before = condition.charAt(equals - 1);
    String right = condition.substring(equals + 1);
    if (before != '<' && before != '>') {
      return List.of(right.split("\\|", -1)).contains(cell(row, condition.substring(0, equals)));
    }
    double value = number(row, condition.substring(0, equals - 1));
    double bound = Double.parseDouble(right);
    return before == '<' ? value <= bound : value >= bound;
  }

  /** The one row that there must be. */
  Map<String, String> only() {
    if (all.size() != 1) {
      throw new InputException(file + ": " + all.size() + " rows where one is meant");
    }
    return all.get(0);
  }

  String cell(Map<String, String> row, String column) {
    String cell = row.get(column);
    if (cell == null) {
      throw new InputException(file + ": there is no column " + column);
    }
    return cell;
  }

  /** A number; what is empty is NaN, which meets no condition. */
  double number(Map<String, String> row, String column) {
    String cell = cell(row, column);
    try {
      return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      throw new InputException(file + ": " + column + " is not a number: " + cell, e);
    }
  }
}
