package kvlab.report;

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

  private final Characters text = new Characters();
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
    page.text.add("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg");
    page.text.add(" xmlns=\"http://www.w3.org/2000/svg\" width=\"").add(width);
    page.text.add("\" height=\"").add(height).add("\" viewBox=\"0 0 ").add(width);
    page.text.add(' ').add(height).add("\"><title>").add(escape(title));
    page.text.add("</title><desc>").add(escape(description)).add("</desc>\n");
    Painted.on(page, painted);
    page.clipTo(null);
    page.text.add("</svg>\n");
    return page.text.bytes();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public void fill(Shape outline, Color color, @Nullable Shape clip) {
    clipTo(clip);
    text.add("<path");
    paint("fill", color);
    outline(text, outline);
    text.add("/>\n");
  }

  @Override
  public void draw(Shape outline, BasicStroke stroke, Color color, @Nullable Shape clip) {
    clipTo(clip);
    text.add("<path fill=\"none\"");
    paint("stroke", color);
    text.add(" stroke-width=\"").number(stroke.getLineWidth()).add('"');
    if (stroke.getEndCap() != BasicStroke.CAP_BUTT) {
      text.add(" stroke-linecap=\"").add(CAPS[stroke.getEndCap()]).add('"');
    }
    if (stroke.getLineJoin() != BasicStroke.JOIN_MITER) {
      text.add(" stroke-linejoin=\"").add(JOINS[stroke.getLineJoin()]).add('"');
    }
    float[] dash = stroke.getDashArray();
    if (dash != null) {
      text.add(" stroke-dasharray=\"");
      for (float length : dash) {
        text.number(length).add(' ');
      }
      text.replaceLast('"');
    }
    outline(text, outline);
    text.add("/>\n");
  }

  private void clipTo(@Nullable Shape clip) {
    if (Objects.equals(clip, clipInForce)) {
      return;
    }
    if (clipInForce != null) {
      text.add("</g>\n");
    }
    clipInForce = clip;
    if (clip != null) {
      Characters path = new Characters();
      outline(path, clip);
      Integer known = clips.putIfAbsent(path.toString(), clips.size() + 1);
      if (known == null) {
        text.add("<clipPath id=\"c").add(clips.size()).add("\"><path");
        text.add(path).add("/></clipPath>\n");
      }
      text.add("<g clip-path=\"url(#c").add(known == null ? clips.size() : known);
      text.add(")\">\n");
    }
  }

  private void paint(String what, Color color) {
    String rgb = Integer.toHexString(color.getRGB() | 0xFF000000).substring(2);
    text.add(' ').add(what).add("=\"#").add(rgb).add('"');
    if (color.getAlpha() < 255) {
      text.add(' ')
          .add(what)
          .add("-opacity=\"")
          .number(color.getAlpha() / 255.0)
          .add('"');
    }
  }

  private static void outline(Characters out, Shape shape) {
    PathIterator steps = shape.getPathIterator(null);
    if (steps.getWindingRule() == PathIterator.WIND_EVEN_ODD) {
      out.add(" fill-rule=\"evenodd\" clip-rule=\"evenodd\"");
    }
    out.add(" d=\"");
    double[] at = new double[6];
    for (; !steps.isDone(); steps.next()) {
      switch (steps.currentSegment(at)) {
        case PathIterator.SEG_MOVETO -> points(out, 'M', at, 2);
        case PathIterator.SEG_LINETO -> points(out, 'L', at, 2);
        case PathIterator.SEG_QUADTO -> points(out, 'Q', at, 4);
        case PathIterator.SEG_CUBICTO -> points(out, 'C', at, 6);
        default -> out.add('Z');
      }
    }
    out.add('"');
  }

  private static void points(Characters out, char command, double[] at, int numbers) {
    out.add(command);
    for (int i = 0; i < numbers; i++) {
      (i == 0 ? out : out.add(' ')).number(at[i]);
    }
  }
}
