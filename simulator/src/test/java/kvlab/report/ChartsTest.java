package kvlab.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChartsTest {
  private static final Set<ChartFormat> SVG = EnumSet.of(ChartFormat.SVG);
  private static final Set<ChartFormat> PNG = EnumSet.of(ChartFormat.PNG);
  private static final List<Charts> OF_A_RUN = List.of(
      Charts.WASTE, Charts.POOL_OVER_TIME, Charts.CONCURRENCY, Charts.THROUGHPUT, Charts.LATENCY);

  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvSource({"1, 60", "10, 20", "2, 1", "2, 0"})
  void everyChartDrawsAnyNumberOfDesignsAndBins(int designs, int bins) throws Exception {
    List<String> names = new ArrayList<>(SampleRun.SIX);
    names.addAll(List.of(
        "predicted & doubled", "sglang", "lightllm", "a-design-with-a-very-long-name-indeed"));
    Path run = SampleRun.write(directory, names.subList(0, designs), bins);
    RunFiles files = RunFiles.open(run);
    assertEquals(EnumSet.copyOf(OF_A_RUN), Charts.of(files));
    Path charts = directory.resolve("charts");
    List<Path> drawn = Charts.draw(OF_A_RUN, files, charts, EnumSet.allOf(ChartFormat.class));
    for (Charts chart : OF_A_RUN) {
      String svg = Files.readString(charts.resolve(chart + ".svg"));
      var root = DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(charts.resolve(chart + ".svg").toFile())
          .getDocumentElement();
      assertEquals("svg", root.getTagName());
      assertFalse(svg.contains("NaN"), chart + " has coordinates that are no numbers");
      assertFalse(svg.contains("Infinity"), chart + " has endless coordinates");
      BufferedImage png = ImageIO.read(charts.resolve(chart + ".png").toFile());
      assertEquals(2400, png.getWidth()); // 10 inches of 240 dots
      assertTrue(colors(png).size() > 10, chart + " is blank");
    }
    try (var there = Files.list(charts)) {
      assertEquals(drawn.size(), there.count());
      assertEquals(3 * OF_A_RUN.size(), drawn.size());
    }
  }

  @Test
  void chartsUseTheColoursOfThePalette() throws Exception {
    Path run = SampleRun.write(directory, SampleRun.SIX, 60);
    Charts.draw(OF_A_RUN, RunFiles.open(run), directory, PNG);
    for (String chart : List.of("waste", "pool-over-time")) {
      Set<Integer> colors =
          colors(ImageIO.read(directory.resolve(chart + ".png").toFile()));
      for (Part part : Part.values()) {
        assertTrue(colors.contains(part.color().getRGB()), chart + " lacks " + part);
      }
    }
    for (String chart : List.of("throughput", "concurrency", "latency")) {
      Set<Integer> colors =
          colors(ImageIO.read(directory.resolve(chart + ".png").toFile()));
      for (String design : SampleRun.SIX) {
        assertTrue(
            colors.contains(Palette.of(design).color().getRGB()), chart + " lacks " + design);
      }
    }
  }

  /** The live part of 20.4 % covers as much of the bar. */
  @Test
  void barsAreAsLongAsTheirShare() throws Exception {
    RunFiles run = RunFiles.open(SampleRun.write(directory, List.of("orca-max"), 2));
    Charts.draw(List.of(Charts.WASTE), run, directory, PNG);
    BufferedImage png = ImageIO.read(directory.resolve("waste.png").toFile());
    double all = 0;
    double live = 0;
    int row = rowWithMost(png, Part.INTERNAL.color());
    for (int x = 0; x < png.getWidth(); x++) {
      int rgb = png.getRGB(x, row);
      live += rgb == Part.LIVE.color().getRGB() ? 1 : 0;
      all += rgb == Color.WHITE.getRGB() ? 0 : 1;
    }
    assertEquals(20.4, 100 * live / all, 0.5);
  }

  @Test
  void equalFilesGiveEqualPictures() throws Exception {
    RunFiles run = RunFiles.open(SampleRun.write(directory, SampleRun.SIX.subList(0, 3), 30));
    Set<ChartFormat> all = EnumSet.allOf(ChartFormat.class);
    List<Path> a = Charts.draw(OF_A_RUN, run, directory.resolve("a"), all);
    List<Path> b = Charts.draw(OF_A_RUN, run, directory.resolve("b"), all);
    for (int i = 0; i < a.size(); i++) {
      assertArrayEquals(
          Files.readAllBytes(a.get(i)), Files.readAllBytes(b.get(i)), a.get(i).toString());
    }
  }

  @Test
  void missingFileColumnOrNumberIsNamed() throws IOException {
    SampleRun.write(directory, List.of("vllm-v1"), 3);
    Path summary = directory.resolve("summary.csv");
    String good = Files.readString(summary);

    Files.writeString(summary, good.replace("short_pct", "shorted_pct"));
    assertMessage("summary.csv: there is no column short_pct");

    Files.writeString(summary, good.replace("20.4000", "twenty"));
    assertMessage("summary.csv:2: live_pct is not a number: twenty");

    Files.writeString(summary, good.lines().findFirst().orElseThrow() + "\n");
    assertMessage("summary.csv has no design to draw");

    Files.delete(summary);
    assertMessage("there is no such result file");
  }

  @Test
  void emptyCellIsNoNumber() throws IOException {
    Path summary = SampleRun.write(directory, List.of("vllm-v1"), 3).resolve("summary.csv");
    Files.writeString(
        summary, "ttft_mean_ms," + Files.readString(summary).replace("vllm-v1", ",vllm-v1"));
    RunTable table = RunFiles.open(directory).summary();
    assertTrue(Double.isNaN(table.number("ttft_mean_ms", 0)));
    assertEquals("vllm-v1", table.table().stringColumn("design").get(0));
  }

  private void assertMessage(String part) {
    InputException e = assertThrows(
        InputException.class,
        () -> Charts.draw(OF_A_RUN, RunFiles.open(directory), directory, SVG));
    assertTrue(e.toString().contains(part), e.toString());
  }

  private static int rowWithMost(BufferedImage image, Color color) {
    int best = 0;
    int most = -1;
    for (int y = 0; y < image.getHeight(); y++) {
      int n = 0;
      for (int x = 0; x < image.getWidth(); x++) {
        n += image.getRGB(x, y) == color.getRGB() ? 1 : 0;
      }
      if (n > most) {
        most = n;
        best = y;
      }
    }
    return best;
  }

  private static Set<Integer> colors(BufferedImage image) {
    Set<Integer> colors = new HashSet<>();
    for (int rgb :
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())) {
      colors.add(rgb);
    }
    return colors;
  }

  @Test
  void tablesOfADeviceBecomeFilesOfTheirNames() throws Exception {
    Files.writeString(directory.resolve("device.csv"), "fact,value\nname,made up\n");
    String points = "batch,use,predicted_us,measured_us\n1,calibration,9,9\n2,held-out,11,10\n";
    Files.writeString(directory.resolve("k2.csv"), points);
    Files.writeString(directory.resolve("g1.csv"), points);
    RunFiles folder = RunFiles.open(directory);
    assertEquals(EnumSet.of(Charts.DEVICE), Charts.of(folder));
    Path charts = directory.resolve("charts");
    assertEquals(
        List.of(charts.resolve("g1.svg"), charts.resolve("k2.svg")),
        Charts.draw(Charts.of(folder), folder, charts, SVG));
    RunFiles table = RunFiles.open(directory.resolve("k2.csv"));
    assertEquals(
        List.of(directory.resolve("k2.svg")), Charts.draw(Charts.of(table), table, directory, SVG));
    assertTrue(Files.readString(directory.resolve("k2.svg")).contains("k2.csv"));
  }
}
