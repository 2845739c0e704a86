package kvlab.report;

import static java.nio.charset.StandardCharsets.US_ASCII;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** A picture as a page of PDF 1.4 with filled and stroked outlines, and no fonts. */
final class PdfPage implements Sheet {
  private final AffineTransform toPage;
  private final double width;
  private final double height;
  private final Characters content = new Characters().add("q\n");
  private final Set<Integer> alphas = new TreeSet<>();
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
    Painted.on(page, painted);
    return page.file();
  }

  @Override
  public void fill(Shape outline, Color color, @Nullable Shape clip) {
    begin("rg", color, clip);
    content.add(path(outline) ? "f*\n" : "f\n");
  }

  @Override
  public void draw(Shape outline, BasicStroke stroke, Color color, @Nullable Shape clip) {
    begin("RG", color, clip);
    double points = toPage.getScaleX();
    number(stroke.getLineWidth() * points).add("w ");
    content.add(stroke.getLineJoin()).add(" j ").add(stroke.getEndCap()).add(" J [");
    float[] dash = stroke.getDashArray();
    for (int i = 0; dash != null && i < dash.length; i++) {
      number(dash[i] * points);
    }
    content.add("] ");
    number(stroke.getDashPhase() * points).add("d\n");
    path(outline);
    content.add("S\n");
  }

  /** Sets clip and colour; the operator is that of strokes or of fills. */
  private void begin(String operator, Color color, @Nullable Shape clip) {
    if (!Objects.equals(clip, clipInForce)) {
      content.add("Q q\n");
      if (clip != null) {
        content.add(path(clip) ? "W* n\n" : "W n\n");
      }
      clipInForce = clip;
    }
    alphas.add(color.getAlpha());
    content.add("/A").add(color.getAlpha()).add(" gs ");
    number(color.getRed() / 255.0);
    number(color.getGreen() / 255.0);
    number(color.getBlue() / 255.0).add(operator).add('\n');
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
        default -> content.add("h\n");
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
    content.add(operator).add('\n');
  }

  private Characters number(double value) {
    return content.number(value).add(' ');
  }

  private byte[] file() {
    content.add("Q\n");
    byte[] packed = deflated(content.bytes());
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
