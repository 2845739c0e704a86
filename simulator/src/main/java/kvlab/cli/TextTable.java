package kvlab.cli;

import java.util.ArrayList;
import java.util.List;

/** A table for a terminal: the first column to the left, the others to the right. */
public final class TextTable {
  private final List<String[]> rows = new ArrayList<>();

  public TextTable(String... header) {
    rows.add(header);
  }

  /** Appends a row with a cell per column. */
  public void row(List<String> cells) {
    rows.add(cells.toArray(String[]::new));
  }

  /** The table with a rule under its header, lines ended by a newline. */
  public String render() {
    int[] width = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < width.length; i++) {
        width[i] = Math.max(width[i], row[i].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < width.length; i++) {
        String padding = " ".repeat(width[i] - row[i].length());
        line.append(i == 0 ? row[i] + padding : "  " + padding + row[i]);
      }
      text.append(line.toString().stripTrailing()).append('\n');
      if (row == rows.get(0)) {
        int total = 2 * (width.length - 1);
        for (int w : width) {
          total += w;
        }
        text.append("-".repeat(total)).append('\n');
      }
    }
    return text.toString();
  }
}
