package kvlab.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;

/** Fonts and greys of all charts, and text drawn as outlines so that it looks the same everywhere. */
final class Ink {
  private static final String FAMILY = "DejaVu Sans";

  static final Color TEXT = new Color(0x222222);
  static final Color FAINT_TEXT = new Color(0x5A5A5A);
  static final Color GRID = new Color(0xE3E3E3);
  static final Color AXIS = new Color(0x8A8A8A);

  static final Font TITLE = font(Font.BOLD, 18);
  static final Font SUBTITLE = font(Font.PLAIN, 13);
  static final Font PANEL = font(Font.BOLD, 13);
  static final Font LABEL = font(Font.PLAIN, 13);
  static final Font TICK = font(Font.PLAIN, 12);
  static final Font VALUE = font(Font.PLAIN, 12);

  private static final FontRenderContext CONTEXT =
      new FontRenderContext(new AffineTransform(), true, true);

  private Ink() {}

  private static Font font(int style, int pixels) {
    Font wanted = new Font(FAMILY, style, pixels);
    return wanted.getFamily().equals(FAMILY) ? wanted : new Font(Font.SANS_SERIF, style, pixels);
  }

  /** Width in pixels. */
  static double width(String text, Font font) {
    return text.isEmpty() ? 0 : new TextLayout(text, font, CONTEXT).getAdvance();
  }

  /** Draws text with its base line at y; align 0 starts at x, 0.5 centres on it, 1 ends there. */
  static void draw(
      Graphics2D g, String text, Font font, Color color, double x, double y, double align) {
    if (text.isEmpty()) {
      return;
    }
    TextLayout layout = new TextLayout(text, font, CONTEXT);
    g.setColor(color);
    g.fill(layout.getOutline(
        AffineTransform.getTranslateInstance(x - align * layout.getAdvance(), y)));
  }

  /** The same with a white ground, which hides grid lines behind the text. */
  static void drawOnWhite(
      Graphics2D g, String text, Font font, Color color, double x, double y, double align) {
    double width = width(text, font);
    g.setColor(Color.WHITE);
    g.fill(new Rectangle2D.Double(
        x - align * width - 2, y - font.getSize(), width + 4, font.getSize() + 4));
    draw(g, text, font, color, x, y, align);
  }

  /** The text, shortened with an ellipsis to at most so many pixels. */
  static String fit(String text, Font font, double most) {
    if (width(text, font) <= most) {
      return text;
    }
    int end = text.length();
    while (end > 1 && width(text.substring(0, end) + "…", font) > most) {
      end--;
    }
    return text.substring(0, end) + "…";
  }
}
