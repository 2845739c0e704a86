package kvlab.report;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kvlab.workload.InputException;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Result files as Tablesaw tables, and those as HTML: what notebooks need. */
public final class Tables {
  private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9.]+(E[-+]?[0-9]+)?");
  private static final double WHOLE = 1e15; // below, whole doubles are shown without decimals

  private Tables() {}

  /**
   * Reads any result file: a column of numbers where all its cells are numbers or empty, else of text. Lines that
   * begin with # are left out.
   */
  public static Table read(Path csv) {
    if (!Files.isRegularFile(csv)) {
      throw new InputException(csv + ": there is no such result file");
    }
    List<NamedCsvRecord> rows = new ArrayList<>();
    try (CsvReader<NamedCsvRecord> all =
        CsvReader.builder().commentStrategy(CommentStrategy.SKIP).ofNamedCsvRecord(csv)) {
      all.forEach(rows::add);
    } catch (IOException | CsvParseException e) {
      throw new InputException(csv + ": cannot be read: " + e.getMessage(), e);
    }
    Table table = Table.create(String.valueOf(csv.getFileName()));
    List<String> header = rows.isEmpty() ? List.of() : rows.get(0).getHeader();
    for (int i = 0; i < header.size(); i++) {
      table.addColumns(column(header.get(i), i, rows));
    }
    return table;
  }

  /** The columns of a result file as one table. */
  static Table of(RunTable columns, String name) {
    Table table = Table.create(name);
    for (String column : columns.columnNames()) {
      table.addColumns(
          columns.isText(column)
              ? StringColumn.create(column, columns.allTexts(column))
              : DoubleColumn.create(column, columns.numbers(column)));
    }
    return table;
  }

  private static Column<?> column(String name, int at, List<NamedCsvRecord> rows) {
    List<String> cells = rows.stream().map(row -> row.getField(at)).toList();
    boolean numbers = cells.stream().anyMatch(cell -> !cell.isEmpty())
        && cells.stream()
            .allMatch(cell -> cell.isEmpty() || NUMBER.matcher(cell).matches());
    if (!numbers) {
      return StringColumn.create(name, cells);
    }
    DoubleColumn column = DoubleColumn.create(name);
    cells.forEach(cell -> column.append(cell.isEmpty() ? Double.NaN : Double.parseDouble(cell)));
    return column;
  }

  /** A table in HTML: numbers to the right, whole ones without decimals, what is missing left empty. */
  public static String html(Table table) {
    StringBuilder html = new StringBuilder("<table>\n<tr>");
    for (Column<?> column : table.columns()) {
      html.append("<th>").append(escape(column.name())).append("</th>");
    }
    html.append("</tr>\n");
    for (int row = 0; row < table.rowCount(); row++) {
      html.append("<tr>");
      for (Column<?> column : table.columns()) {
        boolean number = column instanceof DoubleColumn;
        html.append(number ? "<td style=\"text-align:right\">" : "<td>")
            .append(escape(cell(column, row)))
            .append("</td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</table>").toString();
  }

  private static String cell(Column<?> column, int row) {
    if (!(column instanceof DoubleColumn numbers)) {
      return column.getString(row);
    }
    double value = numbers.getDouble(row);
    if (Double.isNaN(value)) {
      return "";
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < WHOLE;
    return whole ? Long.toString((long) value) : Double.toString(value);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
