package kvlab.report;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.QuadCurve2D;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

/** Outlines worked by hand; and the objects of a PDF are where its table says. */
class PagesTest {
  private static VectorGraphics2D painted() {
    VectorGraphics2D g = new VectorGraphics2D();
    g.setColor(new Color(255, 0, 51, 102));
    g.fill(new Rectangle2D.Double(10, 20, 30, 40));
    g.clip(new Rectangle2D.Double(0, 0, 50, 50));
    AffineTransform before = g.getTransform();
    g.translate(100.0, 0.0);
    g.scale(2, 2);
    g.setColor(Color.BLACK);
    g.setStroke(new BasicStroke(
        3, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {4, 2}, 0));
    g.draw(new Line2D.Double(0, 0, 10, 5));
    g.setTransform(before);
    g.setClip(null);
    g.fill(new QuadCurve2D.Double(0, 0, 30, 60, 60, 0));
    return g;
  }

  private static byte[] pdf() {
    return PdfPage.of(painted(), 200, 100, 0.5);
  }

  @Test
  void svgDrawsWhatWasPainted() {
    assertEquals("""
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">\
        <title>a &lt; b</title><desc>c &amp; d</desc>
        <path fill="#ff0033" fill-opacity="0.4" d="M10 20L40 20L40 60L10 60L10 20Z"/>
        <clipPath id="c1"><path d="M0 0L50 0L50 50L0 50L0 0Z"/></clipPath>
        <g clip-path="url(#c1)">
        <path fill="none" stroke="#000000" stroke-width="6" stroke-linejoin="round"\
         stroke-dasharray="8 4" d="M100 0L120 10"/>
        </g>
        <path fill="#000000" d="M0 0Q30 60 60 0"/>
        </svg>
        """, new String(SvgPage.of(painted(), 200, 100, "a < b", "c & d"), UTF_8));
  }

  @Test
  void pdfDrawsWhatWasPainted() throws DataFormatException {
    // half a point per pixel, upwards from a lower edge at 50 points
    assertEquals("""
        q
        /A102 gs 1 0 0.2 rg
        5 40 m
        20 40 l
        20 20 l
        5 20 l
        5 40 l
        h
        f
        Q q
        0 50 m
        25 50 l
        25 25 l
        0 25 l
        0 50 l
        h
        W n
        /A255 gs 0 0 0 RG
        3 w 1 j 0 J [4 2 ] 0 d
        50 50 m
        60 45 l
        S
        Q q
        /A255 gs 0 0 0 rg
        0 50 m
        10 30 20 30 30 50 c
        f
        Q
        """, content(pdf()));
  }

  @Test
  void pdfHasObjectsWhereItsTableSaysAndNoFonts() {
    String file = new String(pdf(), ISO_8859_1);
    assertTrue(file.startsWith("%PDF-1.4\n"));
    assertTrue(file.endsWith("%%EOF\n"));
    assertFalse(file.contains("/Font"));
    assertTrue(file.contains("/MediaBox [0 0 100.0 50.0]"), file);
    assertTrue(file.contains("/A102 << /ca 0.4 /CA 0.4 >>"), file);
    Matcher start = Pattern.compile("startxref\n(\\d+)\n").matcher(file);
    assertTrue(start.find());
    int table = Integer.parseInt(start.group(1));
    assertEquals("xref\n0 5\n", file.substring(table, table + 9));
    Matcher entry = Pattern.compile("(\\d{10}) 00000 n \n").matcher(file);
    int object = 0;
    for (int from = table; entry.find(from); from = entry.end()) {
      object++;
      String head = object + " 0 obj\n";
      int at = Integer.parseInt(entry.group(1));
      assertEquals(head, file.substring(at, at + head.length()));
    }
    assertEquals(4, object);
  }

  private static String content(byte[] file) throws DataFormatException {
    String text = new String(file, ISO_8859_1);
    Matcher length = Pattern.compile("/Length (\\d+)").matcher(text);
    assertTrue(length.find());
    int from = text.indexOf("stream\n") + 7;
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(Arrays.copyOfRange(file, from, from + Integer.parseInt(length.group(1))));
      byte[] out = new byte[10_000];
      int n = inflater.inflate(out);
      assertTrue(inflater.finished());
      return new String(out, 0, n, ISO_8859_1);
    } finally {
      inflater.end();
    }
  }
}
