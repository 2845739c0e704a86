package kvlab.report;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kvlab.text.Decimals;
import kvlab.workload.InputException;
import tech.tablesaw.api.Table;

/**
 * One result file as columns: text for the named ones, numbers for all others. An empty number is NaN.
 *
 * <p>Drawing works on them, without Tablesaw, which the command line does without: only {@link #table} needs it.
 */
public final class RunTable {
  private static final String DESIGN = "design";

  private final String file;
  private final Map<String, Column> columns = new LinkedHashMap<>();
  private int rows;

  private sealed interface Column permits Texts, Numbers {}

  private record Texts(List<String> values) implements Column {}

  private static final class Numbers implements Column {
    private double[] values = new double[64];
  }

  private RunTable(String file) {
    this.file = file;
  }

  /** Reads a result file; columns that are neither text nor known to be needed may hold anything. */
  public static RunTable read(Path path, List<String> textColumns, List<String> needed) {
    RunTable table = new RunTable(String.valueOf(path.getFileName()));
    if (!Files.isRegularFile(path)) {
      throw new InputException(path + ": there is no such result file");
    }
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(path)) {
      for (NamedCsvRecord row : rows) {
        if (table.columns.isEmpty()) {
          table.addColumns(row.getHeader(), textColumns);
        }
        table.append(row);
      }
    } catch (IOException | CsvParseException e) {
      throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
    }
    if (table.columns.isEmpty()) {
      table.addColumns(headerOf(path), textColumns);
    }
    for (String column : needed) {
      table.column(column);
    }
    return table;
  }

  /** Names of the columns of a result file. */
  public static List<String> headerOf(Path path) {
    try (BufferedReader lines = Files.newBufferedReader(path)) {
      String line = lines.readLine();
      return line == null ? List.of() : List.of(line.split(",", -1));
    } catch (CharacterCodingException e) {
      throw new InputException(path + ": is no table but binary data", e);
    } catch (IOException e) {
      throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void addColumns(List<String> header, List<String> textColumns) {
    for (String name : header) {
      columns.put(name, textColumns.contains(name) ? new Texts(new ArrayList<>()) : new Numbers());
    }
  }

  private void append(NamedCsvRecord row) {
    int i = 0;
    for (Map.Entry<String, Column> column : columns.entrySet()) {
      String field = row.getField(i++);
      if (column.getValue() instanceof Texts text) {
        text.values.add(field);
      } else if (column.getValue() instanceof Numbers numbers) {
        if (rows == numbers.values.length) {
          numbers.values = Arrays.copyOf(numbers.values, 2 * rows);
        }
        try {
          numbers.values[rows] = field.isBlank() ? Double.NaN : Decimals.parse(field);
        } catch (NumberFormatException e) {
          throw new InputException(
              file + ":" + row.getStartingLineNumber() + ": " + column.getKey()
                  + " is not a number: " + field,
              e);
        }
      }
    }
    rows++;
  }

  /** All columns as one table, for notebooks. */
  public Table table() {
    return Tables.of(this, file);
  }

  public int rows() {
    return rows;
  }

  /** Names of the columns in their order. */
  List<String> columnNames() {
    return List.copyOf(columns.keySet());
  }

  /** The values of a text column, each once, in order of first appearance. */
  List<String> texts(String column) {
    return List.copyOf(new LinkedHashSet<>(ofText(column).values));
  }

  /** Whether a column holds text. */
  boolean isText(String column) {
    return column(column) instanceof Texts;
  }

  /** All texts of a column. */
  List<String> allTexts(String column) {
    return List.copyOf(ofText(column).values);
  }

  /** All numbers of a column. */
  double[] numbers(String column) {
    return Arrays.copyOf(ofNumbers(column).values, rows);
  }

  /** Whether the file has the column. */
  public boolean has(String column) {
    return columns.containsKey(column);
  }

  /** Text of a text column. */
  public String text(String column, int row) {
    return ofText(column).values.get(row);
  }

  /** Number of a number column; NaN where the file has none. */
  public double number(String column, int row) {
    return ofNumbers(column).values[Objects.checkIndex(row, rows)];
  }

  /** The numbers of a column in the rows of one design, in file order. */
  public double[] numbers(String column, String design) {
    List<String> designs = ofText(DESIGN).values;
    double[] its = numbers(column);
    int n = 0;
    for (int row = 0; row < rows; row++) {
      if (designs.get(row).equals(design)) {
        its[n++] = its[row];
      }
    }
    return Arrays.copyOf(its, n);
  }

  /** Names in the design column, in order of first appearance. */
  public List<String> designs() {
    return texts(DESIGN);
  }

  private Texts ofText(String name) {
    if (column(name) instanceof Texts text) {
      return text;
    }
    throw new IllegalArgumentException(name + " is not text");
  }

  private Numbers ofNumbers(String name) {
    if (column(name) instanceof Numbers numbers) {
      return numbers;
    }
    throw new IllegalArgumentException(name + " is not a number");
  }

  private Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new InputException(file + ": there is no column " + name);
    }
    return column;
  }
}
