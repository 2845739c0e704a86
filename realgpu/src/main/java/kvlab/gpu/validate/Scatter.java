package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Predicted against measured, held-out points only, both axes logarithmic, as SVG. */
final class Scatter {
  private static final int SIZE = 420;
  private static final int MARGIN = 48;

  private Scatter() {}

  /** Draws the points of a file of {@link Points}: its last three columns are use, predicted, measured. */
  static void draw(Path csv, String title, Path svg) throws IOException {
    List<double[]> points = Files.readAllLines(csv).stream()
        .skip(1)
        .map(line -> line.split(","))
        .filter(cells -> cells[cells.length - 3].equals("held-out"))
        .map(cells -> new double[] {
          Double.parseDouble(cells[cells.length - 1]), Double.parseDouble(cells[cells.length - 2])
        })
        .filter(point -> point[0] > 0 && point[1] > 0)
        .toList();
    double least = Double.MAX_VALUE;
    double most = 0;
    for (double[] point : points) {
      least = Math.min(least, Math.min(point[0], point[1]));
      most = Math.max(most, Math.max(point[0], point[1]));
    }
    double from = Math.floor(Math.log10(Math.min(least, 1e12)));
    double to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(most, 1e-12))));
    StringBuilder text = new StringBuilder();
    text.append(String.format(
        Locale.ROOT, """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">
        <title>%s</title>
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="%d" y="24" font-size="14" font-weight="bold">%s</text>
        <text x="%d" y="%d" font-size="12" text-anchor="middle">measured, held-out points</text>
        <text transform="translate(14 %d) rotate(-90)" font-size="12" text-anchor="middle">predicted</text>
        """, SIZE, SIZE, title, MARGIN, title, SIZE / 2, SIZE - 8, SIZE / 2));
    for (int decade = (int) from; decade <= to; decade++) {
      double at = place(Math.pow(10, decade), from, to);
      text.append(String.format(
          Locale.ROOT,
          """
          <path d="M%.1f %d V%d M%d %.1f H%d" stroke="#ddd"/>
          <text x="%.1f" y="%d" font-size="11" text-anchor="middle">1e%d</text>
          <text x="%d" y="%.1f" font-size="11" text-anchor="end">1e%d</text>
          """,
          at,
          MARGIN,
          SIZE - MARGIN,
          MARGIN,
          SIZE - at,
          SIZE - MARGIN,
          at,
          SIZE - MARGIN + 16,
          decade,
          MARGIN - 4,
          SIZE - at + 4,
          decade));
    }
    text.append(String.format(
        Locale.ROOT,
        "<path d=\"M%d %d L%d %d\" stroke=\"#888\"/>\n",
        MARGIN,
        SIZE - MARGIN,
        SIZE - MARGIN,
        MARGIN));
    for (double[] point : points) {
      text.append(String.format(
          Locale.ROOT,
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"#0072B2\" fill-opacity=\"0.6\"/>\n",
          place(point[0], from, to),
          SIZE - place(point[1], from, to)));
    }
    Files.writeString(svg, text + "</svg>\n");
  }

  private static double place(double value, double from, double to) {
    return MARGIN + (Math.log10(value) - from) / (to - from) * (SIZE - 2 * MARGIN);
  }
}
