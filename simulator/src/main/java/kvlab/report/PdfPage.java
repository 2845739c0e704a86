package kvlab.report;

import static java.nio.charset.StandardCharsets.US_ASCII;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.intermediate.commands.AffineTransformCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.Command;
import de.erichseifert.vectorgraphics2d.intermediate.commands.CreateCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.DisposeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.DrawShapeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.FillShapeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.Group;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetClipCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetColorCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetPaintCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetStrokeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetTransformCommand;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * One page of PDF 1.4 with filled and stroked outlines, of what was painted on a {@link
 * VectorGraphics2D}. That library writes PDF too, but its files have a wrong table of objects and name
 * fonts that are not in them, which journals refuse; here text is outlines and there are no fonts.
 */
final class PdfPage {
  /** What a painter has set; shapes are in pixels of the page. */
  private record State(
      AffineTransform transform, @Nullable Shape clip, Color color, BasicStroke stroke) {}

  private final AffineTransform toPage;
  private final double width;
  private final double height;
  private final StringBuilder content = new StringBuilder("q\n");
  private final Set<Integer> alphas = new TreeSet<>();
  private final Deque<State> outer = new ArrayDeque<>();
  private State state = new State(new AffineTransform(), null, Color.BLACK, new BasicStroke(1));
  private @Nullable Shape clipInForce;

  /** A page of so many pixels, each of so many points. */
  private PdfPage(int widthPixels, int heightPixels, double points) {
    this.width = widthPixels * points;
    this.height = heightPixels * points;
    this.toPage = new AffineTransform(points, 0, 0, -points, 0, height);
  }

  /** The file. */
  static byte[] of(VectorGraphics2D painted, int widthPixels, int heightPixels, double points) {
    PdfPage page = new PdfPage(widthPixels, heightPixels, points);
    for (Command<?> command : painted.getCommands()) {
      page.add(command);
    }
    return page.file();
  }

  private void add(Command<?> command) {
    if (command instanceof Group group) {
      group.getValue().forEach(this::add);
    } else if (command instanceof CreateCommand) {
      outer.push(state);
    } else if (command instanceof DisposeCommand) {
      state = outer.isEmpty() ? state : outer.pop();
    } else if (command instanceof SetTransformCommand set) {
      transform(new AffineTransform(set.getValue()));
    } else if (command instanceof AffineTransformCommand more) {
      AffineTransform both = new AffineTransform(state.transform);
      both.concatenate(more.getValue());
      transform(both);
    } else if (command instanceof SetClipCommand set) {
      Shape clip = set.getValue();
      state = new State(
          state.transform,
          clip == null ? null : state.transform.createTransformedShape(clip),
          state.color,
          state.stroke);
    } else if (command instanceof SetColorCommand set) {
      state = new State(state.transform, state.clip, set.getValue(), state.stroke);
    } else if (command instanceof SetPaintCommand set && set.getValue() instanceof Color color) {
      state = new State(state.transform, state.clip, color, state.stroke);
    } else if (command instanceof SetStrokeCommand set
        && set.getValue() instanceof BasicStroke stroke) {
      state = new State(state.transform, state.clip, state.color, stroke);
    } else if (command instanceof FillShapeCommand fill) {
      fill(fill.getValue());
    } else if (command instanceof DrawShapeCommand draw) {
      draw(draw.getValue());
    }
  }

  private void transform(AffineTransform transform) {
    state = new State(transform, state.clip, state.color, state.stroke);
  }

  private void fill(Shape shape) {
    begin("rg");
    boolean evenOdd = path(state.transform.createTransformedShape(shape));
    content.append(evenOdd ? "f*\n" : "f\n");
  }

  private void draw(Shape shape) {
    begin("RG");
    BasicStroke stroke = state.stroke;
    double scale = Math.sqrt(Math.abs(state.transform.getDeterminant())) * toPage.getScaleX();
    number(stroke.getLineWidth() * scale).append("w ");
    content
        .append(stroke.getLineJoin())
        .append(" j ")
        .append(stroke.getEndCap())
        .append(" J [");
    float[] dash = stroke.getDashArray();
    for (int i = 0; dash != null && i < dash.length; i++) {
      number(dash[i] * scale);
    }
    content.append("] ");
    number(stroke.getDashPhase() * scale).append("d\n");
    path(state.transform.createTransformedShape(shape));
    content.append("S\n");
  }

  /** Sets clip and colour; the operator is that of strokes or of fills. */
  private void begin(String operator) {
    Shape clip = state.clip;
    if (clip == null ? clipInForce != null : !clip.equals(clipInForce)) {
      content.append("Q q\n");
      if (clip != null) {
        content.append(path(clip) ? "W* n\n" : "W n\n");
      }
      clipInForce = clip;
    }
    Color color = state.color;
    alphas.add(color.getAlpha());
    content.append("/A").append(color.getAlpha()).append(" gs ");
    number(color.getRed() / 255.0);
    number(color.getGreen() / 255.0);
    number(color.getBlue() / 255.0).append(operator).append('\n');
  }

  /** Appends an outline; whether it is filled by the even-odd rule. */
  private boolean path(Shape shape) {
    PathIterator steps = shape.getPathIterator(toPage);
    double[] at = new double[6];
    double x = 0; // where the outline is
    double y = 0;
    for (; !steps.isDone(); steps.next()) {
      int kind = steps.currentSegment(at);
      switch (kind) {
        case PathIterator.SEG_MOVETO -> points("m", at[0], at[1]);
        case PathIterator.SEG_LINETO -> points("l", at[0], at[1]);
        case PathIterator.SEG_QUADTO ->
          points(
              "c", // the cubic that is the same curve
              x + 2 * (at[0] - x) / 3,
              y + 2 * (at[1] - y) / 3,
              at[2] + 2 * (at[0] - at[2]) / 3,
              at[3] + 2 * (at[1] - at[3]) / 3,
              at[2],
              at[3]);
        case PathIterator.SEG_CUBICTO -> points("c", at[0], at[1], at[2], at[3], at[4], at[5]);
        default -> content.append("h\n");
      }
      if (kind != PathIterator.SEG_CLOSE) {
        int end = kind == PathIterator.SEG_CUBICTO ? 4 : kind == PathIterator.SEG_QUADTO ? 2 : 0;
        x = at[end];
        y = at[end + 1];
      }
    }
    return steps.getWindingRule() == PathIterator.WIND_EVEN_ODD;
  }

  private void points(String operator, double... coordinates) {
    for (double coordinate : coordinates) {
      number(coordinate);
    }
    content.append(operator).append('\n');
  }

  /** A number with two decimals and a blank. */
  private StringBuilder number(double value) {
    long hundredths = Math.round(value * 100);
    long size = Math.abs(hundredths);
    content.append(hundredths < 0 ? "-" : "").append(size / 100);
    if (size % 100 != 0) {
      content.append(size % 100 < 10 ? ".0" : ".").append(size % 100);
    }
    return content.append(' ');
  }

  private byte[] file() {
    content.append("Q\n");
    byte[] packed = deflated(content.toString().getBytes(US_ASCII));
    StringBuilder states = new StringBuilder();
    for (int alpha : alphas) {
      states.append("/A").append(alpha).append(" << /ca ");
      states.append(alpha * 1000 / 255 / 1000.0).append(" /CA ");
      states.append(alpha * 1000 / 255 / 1000.0).append(" >> ");
    }
    List<byte[]> objects = new ArrayList<>();
    objects.add(ascii("<< /Type /Catalog /Pages 2 0 R >>"));
    objects.add(ascii("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"));
    objects.add(ascii("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 " + width + " " + height
        + "] /Contents 4 0 R /Resources << /ExtGState << " + states + ">> >> >>"));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(ascii("<< /Length " + packed.length + " /Filter /FlateDecode >>\nstream\n"));
    stream.writeBytes(packed);
    stream.writeBytes(ascii("\nendstream"));
    objects.add(stream.toByteArray());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ascii("%PDF-1.4\n"));
    StringBuilder table = new StringBuilder("xref\n0 " + (objects.size() + 1) + "\n");
    table.append("0000000000 65535 f \n");
    for (int i = 0; i < objects.size(); i++) {
      table.append(String.format(java.util.Locale.ROOT, "%010d 00000 n \n", out.size()));
      out.writeBytes(ascii(i + 1 + " 0 obj\n"));
      out.writeBytes(objects.get(i));
      out.writeBytes(ascii("\nendobj\n"));
    }
    table.append("trailer\n<< /Size ").append(objects.size() + 1).append(" /Root 1 0 R >>\n");
    int start = out.size();
    out.writeBytes(ascii(table + "startxref\n" + start + "\n%%EOF\n"));
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[1 << 14];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }
}
