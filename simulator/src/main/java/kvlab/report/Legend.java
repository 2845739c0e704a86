package kvlab.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entries that flow in centred rows: filled boxes for parts, line and marker for designs. */
final class Legend {
  private static final int ROW_HEIGHT = 24;
  private static final int SWATCH_WIDTH = 16;
  private static final int LINE_WIDTH = 44;
  private static final int SWATCH_GAP = 7;
  private static final int ENTRY_GAP = 24;
  static final int MARKER_SIZE = 8;

  private record Entry(String label, Color color, Palette.@Nullable Look look, double width) {
    Entry(String label, Color color, Palette.@Nullable Look look) {
      this(
          label,
          color,
          look,
          (look == null ? SWATCH_WIDTH : LINE_WIDTH) + SWATCH_GAP + Ink.width(label, Ink.LABEL));
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  private Legend() {}

  static Legend none() {
    return new Legend();
  }

  static Legend ofParts(List<Part> parts) {
    Legend legend = new Legend();
    parts.forEach(part -> legend.entries.add(new Entry(part.label(), part.color(), null)));
    return legend;
  }

  static Legend ofDesigns(List<String> designs) {
    Legend legend = new Legend();
    for (String design : designs) {
      Palette.Look look = Palette.of(design);
      legend.entries.add(new Entry(design, look.color(), look));
    }
    return legend;
  }

  int height(int width) {
    return rows(width).size() * ROW_HEIGHT;
  }

  void paint(Graphics2D g, int left, int top, int width) {
    double y = top;
    for (List<Entry> row : rows(width)) {
      double x = left + (width - rowWidth(row)) / 2;
      for (Entry entry : row) {
        paint(g, entry, x, y + ROW_HEIGHT / 2.0);
        x += entry.width() + ENTRY_GAP;
      }
      y += ROW_HEIGHT;
    }
  }

  private static void paint(Graphics2D g, Entry entry, double x, double middle) {
    Palette.Look look = entry.look();
    double text;
    if (look == null) {
      Rectangle2D box = new Rectangle2D.Double(x, middle - 6, SWATCH_WIDTH, 12);
      g.setColor(entry.color());
      g.fill(box);
      text = x + SWATCH_WIDTH + SWATCH_GAP;
    } else {
      g.setColor(look.color());
      g.setStroke(look.stroke());
      g.draw(new Line2D.Double(x, middle, x + LINE_WIDTH, middle));
      look.marker().paint(g, x + LINE_WIDTH / 2.0, middle, MARKER_SIZE);
      text = x + LINE_WIDTH + SWATCH_GAP;
    }
    Ink.draw(g, entry.label(), Ink.LABEL, Ink.TEXT, text, middle + 4.5, 0);
  }

  private List<List<Entry>> rows(int width) {
    List<List<Entry>> rows = new ArrayList<>();
    List<Entry> row = new ArrayList<>();
    for (Entry entry : entries) {
      if (!row.isEmpty() && rowWidth(row) + ENTRY_GAP + entry.width() > width) {
        rows.add(row);
        row = new ArrayList<>();
      }
      row.add(entry);
    }
    if (!row.isEmpty()) {
      rows.add(row);
    }
    return rows;
  }

  private static double rowWidth(List<Entry> row) {
    return row.stream().mapToDouble(Entry::width).sum() + ENTRY_GAP * (row.size() - 1);
  }
}
