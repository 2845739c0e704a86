package kvlab.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import kvlab.text.Decimals;

/** One row of a result table: column names with units, and their values as text, in order. */
public final class Row {
  private final Map<String, String> cells = new LinkedHashMap<>();

  public Row text(String column, String value) {
    if (cells.put(column, value) != null) {
      throw new IllegalStateException("two values for column " + column);
    }
    return this;
  }

  public Row whole(String column, long value) {
    return text(column, Long.toString(value));
  }

  /** A number with so many decimals. */
  public Row fixed(String column, double value, int decimals) {
    return text(column, Decimals.fixed(value, decimals));
  }

  /** A cell without a value: there is nothing to say, which is not 0. */
  public Row blank(String column) {
    return text(column, "");
  }

  public Map<String, String> cells() {
    return cells;
  }
}
