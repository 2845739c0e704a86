package kvlab.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** Writes figures: PNG has 240 dots per inch. A file appears whole or not at all. */
final class FigureFiles {
  private static final double PIXELS_PER_INCH = 96;
  private static final double PNG_DOTS_PER_INCH = 240;
  private static final double INCHES_PER_METRE = 1 / 0.0254;
  private static final double POINTS_PER_INCH = 72;

  private FigureFiles() {}

  /** Writes a figure in each of the formats; the files. */
  static List<Path> write(Figure figure, Path directory, Set<ChartFormat> formats) {
    List<Path> files = new ArrayList<>();
    try {
      Files.createDirectories(directory);
      for (ChartFormat format : formats) {
        Path file = directory.resolve(figure.name() + "." + format);
        put(
            file,
            switch (format) {
              case SVG -> svg(figure);
              case PDF -> pdf(figure);
              case PNG -> png(figure);
            });
        files.add(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static VectorGraphics2D painted(Figure figure) {
    VectorGraphics2D g = new VectorGraphics2D();
    figure.paint(g);
    return g;
  }

  private static byte[] pdf(Figure figure) {
    return PdfPage.of(
        painted(figure), Figure.WIDTH, figure.height(), POINTS_PER_INCH / PIXELS_PER_INCH);
  }

  private static byte[] svg(Figure figure) {
    return SvgPage.of(
        painted(figure), Figure.WIDTH, figure.height(), figure.title(), figure.subtitle());
  }

  private static byte[] png(Figure figure) throws IOException {
    BufferedImage image = image(figure, PNG_DOTS_PER_INCH / PIXELS_PER_INCH);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    IIOMetadata metadata = writer.getDefaultImageMetadata(
        ImageTypeSpecifier.createFromRenderedImage(image), writer.getDefaultWriteParam());
    IIOMetadataNode density = new IIOMetadataNode("pHYs");
    String perMetre = String.valueOf(Math.round(PNG_DOTS_PER_INCH * INCHES_PER_METRE));
    density.setAttribute("pixelsPerUnitXAxis", perMetre);
    density.setAttribute("pixelsPerUnitYAxis", perMetre);
    density.setAttribute("unitSpecifier", "meter");
    IIOMetadataNode root = new IIOMetadataNode("javax_imageio_png_1.0");
    root.appendChild(density);
    metadata.mergeTree("javax_imageio_png_1.0", root);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(image, null, metadata));
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  /** The figure on a screen, so many pixels to one of its own. */
  static BufferedImage image(Figure figure, double scale) {
    BufferedImage image = new BufferedImage(
        (int) (Figure.WIDTH * scale), (int) (figure.height() * scale), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.scale(scale, scale);
    figure.paint(g);
    g.dispose();
    return image;
  }

  private static void put(Path file, byte[] bytes) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, bytes);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
