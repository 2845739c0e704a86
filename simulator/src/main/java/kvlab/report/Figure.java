package kvlab.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.util.List;

/**
 * A finished picture: title, subtitle, panels in rows of so many columns, legend below. Lengths are
 * pixels of 1/96 inch. Its files have its name.
 *
 * <pre>
 *   +------------------------------+
 *   | title                        |
 *   | subtitle                     |
 *   | panel 0        panel 1       |
 *   | panel 2        panel 3       |
 *   |     legend  legend  legend   |
 *   +------------------------------+
 * </pre>
 */
record Figure(
    String name, String title, String subtitle, int columns, List<Panel> panels, Legend legend) {
  static final int WIDTH = 960;

  static final int PANEL_GAP = 14;

  private static final int MARGIN = 24;

  /** Width between the margins. */
  static final int ACROSS = WIDTH - 2 * MARGIN;

  private static final int TITLE_HEIGHT = 28;
  private static final int SUBTITLE_HEIGHT = 24;
  private static final int PANEL_TITLE_HEIGHT = 12;
  private static final int PANEL_TITLE_BASE = 2;
  private static final int LEGEND_GAP = 8;

  /** Width of a panel where a row has so many. */
  static int panelWidth(int columns) {
    return (ACROSS - (columns - 1) * PANEL_GAP) / columns;
  }

  int height() {
    int height = top();
    for (int row = 0; row < rows(); row++) {
      height += rowHeight(row) + PANEL_GAP;
    }
    int below = legend.height(ACROSS);
    return height + (below == 0 ? -PANEL_GAP : LEGEND_GAP + below) + MARGIN / 2;
  }

  void paint(Graphics2D g) {
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, WIDTH, height());
    Ink.draw(g, Ink.fit(title, Ink.TITLE, ACROSS), Ink.TITLE, Ink.TEXT, MARGIN, MARGIN + 17, 0);
    Ink.draw(
        g,
        Ink.fit(subtitle, Ink.SUBTITLE, ACROSS),
        Ink.SUBTITLE,
        Ink.FAINT_TEXT,
        MARGIN,
        MARGIN + TITLE_HEIGHT + 12,
        0);
    int y = top();
    for (int row = 0; row < rows(); row++) {
      int x = MARGIN;
      for (Panel panel : row(row)) {
        paint(g, panel, x, y);
        x += panel.inset() + panel.chart().getWidth() + PANEL_GAP;
      }
      y += rowHeight(row) + PANEL_GAP;
    }
    legend.paint(g, MARGIN, y + LEGEND_GAP - PANEL_GAP / 2, ACROSS);
  }

  private static void paint(Graphics2D g, Panel panel, int left, int top) {
    AffineTransform before = g.getTransform();
    Shape clip = g.getClip();
    g.translate(left + panel.inset(), top);
    if (!panel.title().isEmpty()) {
      g.translate(0, PANEL_TITLE_HEIGHT);
    }
    panel.chart().paint(g, panel.chart().getWidth(), panel.chart().getHeight());
    g.setClip(clip);
    // After the plot, whose background reaches under the title.
    Ink.draw(g, panel.title(), Ink.PANEL, Ink.TEXT, panel.titleLeft(), PANEL_TITLE_BASE, 0);
    panel.overlay().accept(g, panel.chart());
    g.setTransform(before);
    g.setClip(clip);
  }

  private int top() {
    return MARGIN + TITLE_HEIGHT + SUBTITLE_HEIGHT;
  }

  private int rows() {
    return (panels.size() + columns - 1) / columns;
  }

  private List<Panel> row(int row) {
    return panels.subList(row * columns, Math.min(panels.size(), (row + 1) * columns));
  }

  private int rowHeight(int row) {
    return row(row).stream()
        .mapToInt(p -> p.chart().getHeight() + (p.title().isEmpty() ? 0 : PANEL_TITLE_HEIGHT))
        .max()
        .orElse(0);
  }
}
