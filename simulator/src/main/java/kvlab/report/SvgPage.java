package kvlab.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.PathIterator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A picture as SVG 1.1: outlines with colours, and regions that they are cut to. */
final class SvgPage implements Sheet {
  private static final String[] CAPS = {"butt", "round", "square"}; // as BasicStroke counts them
  private static final String[] JOINS = {"miter", "round", "bevel"};

  private final StringBuilder text = new StringBuilder();
  private final Map<String, Integer> clips = new HashMap<>(); // their numbers by outline
  private @Nullable Shape clipInForce;

  private SvgPage() {}

  /**
   * The file.
   *
   * @param title of the picture; text in it is drawn as outlines, this keeps it searchable
   */
  static byte[] of(
      VectorGraphics2D painted, int width, int height, String title, String description) {
    SvgPage page = new SvgPage();
    page.text.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg");
    page.text.append(" xmlns=\"http://www.w3.org/2000/svg\" width=\"").append(width);
    page.text.append("\" height=\"").append(height).append("\" viewBox=\"0 0 ").append(width);
    page.text.append(' ').append(height).append("\"><title>").append(escape(title));
    page.text.append("</title><desc>").append(escape(description)).append("</desc>\n");
    Painted.on(page, painted);
    page.clipTo(null);
    page.text.append("</svg>\n");
    return page.text.toString().getBytes(UTF_8);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public void fill(Shape outline, Color color, @Nullable Shape clip) {
    clipTo(clip);
    text.append("<path");
    paint("fill", color);
    outline(text, outline);
    text.append("/>\n");
  }

  @Override
  public void draw(Shape outline, BasicStroke stroke, Color color, @Nullable Shape clip) {
    clipTo(clip);
    text.append("<path fill=\"none\"");
    paint("stroke", color);
    number(text.append(" stroke-width=\""), stroke.getLineWidth()).append('"');
    if (stroke.getEndCap() != BasicStroke.CAP_BUTT) {
      text.append(" stroke-linecap=\"").append(CAPS[stroke.getEndCap()]).append('"');
    }
    if (stroke.getLineJoin() != BasicStroke.JOIN_MITER) {
      text.append(" stroke-linejoin=\"").append(JOINS[stroke.getLineJoin()]).append('"');
    }
    float[] dash = stroke.getDashArray();
    if (dash != null) {
      text.append(" stroke-dasharray=\"");
      for (float length : dash) {
        number(text, length).append(' ');
      }
      text.setCharAt(text.length() - 1, '"');
    }
    outline(text, outline);
    text.append("/>\n");
  }

  private void clipTo(@Nullable Shape clip) {
    if (Objects.equals(clip, clipInForce)) {
      return;
    }
    if (clipInForce != null) {
      text.append("</g>\n");
    }
    clipInForce = clip;
    if (clip != null) {
      StringBuilder path = new StringBuilder();
      outline(path, clip);
      Integer known = clips.putIfAbsent(path.toString(), clips.size() + 1);
      if (known == null) {
        text.append("<clipPath id=\"c").append(clips.size()).append("\"><path");
        text.append(path).append("/></clipPath>\n");
      }
      text.append("<g clip-path=\"url(#c").append(known == null ? clips.size() : known);
      text.append(")\">\n");
    }
  }

  private void paint(String what, Color color) {
    String rgb = Integer.toHexString(color.getRGB() | 0xFF000000).substring(2);
    text.append(' ').append(what).append("=\"#").append(rgb).append('"');
    if (color.getAlpha() < 255) {
      number(text.append(' ').append(what).append("-opacity=\""), color.getAlpha() / 255.0)
          .append('"');
    }
  }

  private static void outline(StringBuilder out, Shape shape) {
    PathIterator steps = shape.getPathIterator(null);
    if (steps.getWindingRule() == PathIterator.WIND_EVEN_ODD) {
      out.append(" fill-rule=\"evenodd\" clip-rule=\"evenodd\"");
    }
    out.append(" d=\"");
    double[] at = new double[6];
    for (; !steps.isDone(); steps.next()) {
      switch (steps.currentSegment(at)) {
        case PathIterator.SEG_MOVETO -> points(out, 'M', at, 2);
        case PathIterator.SEG_LINETO -> points(out, 'L', at, 2);
        case PathIterator.SEG_QUADTO -> points(out, 'Q', at, 4);
        case PathIterator.SEG_CUBICTO -> points(out, 'C', at, 6);
        default -> out.append('Z');
      }
    }
    out.append('"');
  }

  private static void points(StringBuilder out, char command, double[] at, int numbers) {
    out.append(command);
    for (int i = 0; i < numbers; i++) {
      number(i == 0 ? out : out.append(' '), at[i]);
    }
  }

  /** A number with two decimals, which is enough of a pixel. */
  static StringBuilder number(StringBuilder out, double value) {
    long hundredths = Math.round(value * 100);
    long size = Math.abs(hundredths);
    out.append(hundredths < 0 ? "-" : "").append(size / 100);
    if (size % 100 != 0) {
      out.append(size % 100 < 10 ? ".0" : ".")
          .append(size % 10 == 0 ? size % 100 / 10 : size % 100);
    }
    return out;
  }
}
