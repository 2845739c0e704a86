package kvlab.report;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import kvlab.workload.InputException;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * One result file as Tablesaw columns: text for the named columns, numbers for all others. An empty
 * number is NaN.
 *
 * <p>Drawing works on the columns. Touching Tablesaw's {@code Table} class scans the class path for
 * readers, about half a second of CPU, which {@link #table} alone pays.
 */
public final class RunTable {
  private static final String DESIGN = "design";

  private final String file;
  private final Map<String, Column<?>> columns = new LinkedHashMap<>();

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
    try (var lines = Files.lines(path)) {
      return lines.findFirst().map(line -> List.of(line.split(",", -1))).orElse(List.of());
    } catch (IOException e) {
      throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void addColumns(List<String> header, List<String> textColumns) {
    for (String name : header) {
      columns.put(
          name, textColumns.contains(name) ? StringColumn.create(name) : DoubleColumn.create(name));
    }
  }

  private void append(NamedCsvRecord row) {
    int i = 0;
    for (Column<?> column : columns.values()) {
      String field = row.getField(i++);
      if (column instanceof StringColumn text) {
        text.append(field);
      } else if (column instanceof DoubleColumn numbers) {
        try {
          numbers.append(field.isBlank() ? Double.NaN : Double.parseDouble(field));
        } catch (NumberFormatException e) {
          throw new InputException(
              file + ":" + row.getStartingLineNumber() + ": " + column.name() + " is not a number: "
                  + field,
              e);
        }
      }
    }
  }

  /** All columns as one table, for notebooks; the table shares the columns. */
  public Table table() {
    return Table.create(file, columns.values().toArray(Column<?>[]::new));
  }

  public int rows() {
    return columns.values().stream().mapToInt(Column::size).findFirst().orElse(0);
  }

  /** Names of the columns in their order. */
  List<String> columnNames() {
    return List.copyOf(columns.keySet());
  }

  /** The values of a text column, each once, in order of first appearance. */
  List<String> texts(String column) {
    LinkedHashSet<String> values = new LinkedHashSet<>();
    for (int row = 0; row < rows(); row++) {
      values.add(text(column, row));
    }
    return List.copyOf(values);
  }

  /** All numbers of a column. */
  double[] numbers(String column) {
    double[] all = new double[rows()];
    Arrays.setAll(all, row -> number(column, row));
    return all;
  }

  /** Whether the file has the column. */
  public boolean has(String column) {
    return columns.containsKey(column);
  }

  /** Text of a text column. */
  public String text(String column, int row) {
    if (column(column) instanceof StringColumn text) {
      return text.get(row);
    }
    throw new IllegalArgumentException(column + " is not text");
  }

  /** Number of a number column; NaN where the file has none. */
  public double number(String column, int row) {
    if (column(column) instanceof DoubleColumn numbers) {
      return numbers.getDouble(row);
    }
    throw new IllegalArgumentException(column + " is not a number");
  }

  /** The numbers of a column in the rows of one design, in file order. */
  public double[] numbers(String column, String design) {
    double[] all = new double[rows()];
    int n = 0;
    for (int row = 0; row < all.length; row++) {
      if (text(DESIGN, row).equals(design)) {
        all[n++] = number(column, row);
      }
    }
    return Arrays.copyOf(all, n);
  }

  /** Names in the design column, in order of first appearance. */
  public List<String> designs() {
    return texts(DESIGN);
  }

  private Column<?> column(String name) {
    Column<?> column = columns.get(name);
    if (column == null) {
      throw new InputException(file + ": there is no column " + name);
    }
    return column;
  }
}
