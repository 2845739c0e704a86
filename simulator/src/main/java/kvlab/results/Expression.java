package kvlab.results;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kvlab.workload.InputException;

/**
 * What a text says in numbers of result files.
 *
 * <pre>
 *   value      = [format] sum             format as of printf without its percent sign: .1f  +.2f  ,.0f
 *   sum        = product {("+" | "-") product}
 *   product    = operand {("*" | "/") operand}
 *   operand    = number | cell | "(" sum ")"
 *   cell       = file "[" conditions "]." column    of the one row that meets them
 *              | file "[" conditions "].max(column)"  of all that do; also min(column)
 *              | column                               of the row at hand, in a table
 *   conditions = column "=" text {"|" text} | column "&lt;=" number | column "&gt;=" number, semicolons between
 * </pre>
 *
 * Words are parted by blanks, so that {@code page-tokens} is a name and {@code page - tokens} a difference.
 * A cell alone, without a format, stands as it is in the file; the extreme of no rows is
 * "none". What has no value, such as a sum with an empty cell, is a dash.
 */
final class Expression {
  private static final Pattern FORMAT = Pattern.compile("[+,]*\\.\\d+f");
  private static final Pattern CELL =
      Pattern.compile("([^\\[\\]]+\\.csv)\\[([^\\[\\]]*)\\]\\.(\\S+)");
  private static final Pattern EXTREME = Pattern.compile("(min|max)\\(([^()]+)\\)");
  private static final Pattern WORD = Pattern.compile("[^\\s\\[]*\\[[^\\]]*\\]\\S*|\\S+");
  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

  /** An extreme of no rows; in a sum it is no number. */
  private static final String NONE = "none";

  private final Path folder;
  private final Map<Path, Rows> files = new HashMap<>();

  /** Expressions over the files of a folder, and of others by a path from it. */
  Expression(Path folder) {
    this.folder = folder;
  }

  /** The text of a value. */
  String text(String expression) {
    return text(expression, new Rows("", List.of()), Map.of());
  }

  /** The text of a value in a table's row. */
  String text(String expression, Rows rows, Map<String, String> row) {
    List<String> words = words(expression);
    String format = FORMAT.matcher(words.get(0)).matches() ? words.remove(0) : "";
    if (words.size() == 1 && format.isEmpty()) {
      return cell(words.get(0), rows, row);
    }
    Reading reading = new Reading(words, rows, row);
    double value = reading.sum();
    if (reading.at < words.size() || format.isEmpty()) {
      throw new InputException("'" + expression + "' is not [FORMAT] VALUE {+ - * / VALUE}");
    }
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%" + format, value);
  }

  private static List<String> words(String expression) {
    List<String> words = new ArrayList<>(
        WORD.matcher(expression).results().map(MatchResult::group).toList());
    if (words.isEmpty()) {
      throw new InputException("a value is empty");
    }
    return words;
  }

  Rows rows(String file) {
    return files.computeIfAbsent(folder.resolve(file).normalize(), Rows::read);
  }

  private String cell(String word, Rows rows, Map<String, String> row) {
    Matcher cell = CELL.matcher(word);
    if (!cell.matches()) {
      return rows.cell(row, word);
    }
    Rows met = rows(cell.group(1)).where(conditions(cell.group(2)));
    Matcher extreme = EXTREME.matcher(cell.group(3));
    if (!extreme.matches()) {
      return met.cell(met.only(), cell.group(3));
    }
    Map<String, String> best = Map.of();
    String column = extreme.group(2);
    boolean least = extreme.group(1).equals("min");
    for (Map<String, String> each : met.all()) {
      if (best.isEmpty() || met.number(each, column) < met.number(best, column) == least) {
        best = each;
      }
    }
    return best.isEmpty() ? NONE : met.cell(best, column);
  }

  static List<String> conditions(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s*;\\s*", -1));
  }

  private final class Reading {
    private final List<String> words;
    private final Rows rows;
    private final Map<String, String> row;
    private int at;

    Reading(List<String> words, Rows rows, Map<String, String> row) {
      this.words = words;
      this.rows = rows;
      this.row = row;
    }

    double sum() {
      double value = product();
      while (sees("+") || sees("-")) {
        value = words.get(at++).equals("+") ? value + product() : value - product();
      }
      return value;
    }

    private double product() {
      double value = operand();
      while (sees("*") || sees("/")) {
        value = words.get(at++).equals("*") ? value * operand() : value / operand();
      }
      return value;
    }

    private double operand() {
      if (at == words.size()) {
        throw new InputException("'" + String.join(" ", words) + "' ends where a value is due");
      }
      String word = words.get(at++);
      if (!word.equals("(")) {
        return number(word);
      }
      double value = sum();
      if (!sees(")")) {
        throw new InputException("'" + String.join(" ", words) + "' lacks a )");
      }
      at++;
      return value;
    }

    private double number(String word) {
      if (NUMBER.matcher(word).matches()) {
        return Double.parseDouble(word);
      }
      String text = cell(word, rows, row);
      try {
        return text.isEmpty() || text.equals(NONE) ? Double.NaN : Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new InputException(word + " is not a number: " + text, e);
      }
    }

    private boolean sees(String word) {
      return at < words.size() && words.get(at).equals(word);
    }
  }
}
