package kvlab.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import kvlab.cli.Main;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader sees and does: {@code report.html} of a run in a real Chromium. */
final class ReportInBrowserTest {
  private static final String LINKED = "Chart.all.filter((chart) => chart.spec.linked)";
  private static final int LIVE = 0x014F8B; // the colour of tokens on a light page

  private static final int INTERNAL = 0xD3471B;

  private static final String SAMPLE =
      System.getProperty("kvlab.root") + "/workloads/samples/chat-azure-like.csv";

  @TempDir
  static Path folder;

  private static Browser browser;
  private static Path run;

  @BeforeAll
  static void runAndStart() throws IOException {
    assumeTrue(
        Browser.program().isPresent(),
        "no Chromium on the PATH: the report is not tested in a browser (apt-get install chromium)");
    run = folder.resolve("run");
    StringWriter told = new StringWriter();
    int code = Main.run(
        ("compare " + SAMPLE + " --limit 300 --designs orca-max,vllm-v1 --out " + run).split(" "),
        new PrintWriter(told),
        new PrintWriter(told));
    assertEquals(0, code, told.toString());
    assertTrue(told.toString().contains("open " + run.resolve("report.html")), told.toString());
    browser = Browser.start();
  }

  @AfterAll
  static void stop() throws IOException {
    if (browser != null) {
      browser.close();
    }
  }

  private static Tab open(int width, boolean dark) {
    Tab tab = new Tab(browser, width, 900, 1, dark);
    tab.open(run.resolve("report.html"));
    return tab;
  }

  /** The middle of an element after it was brought into the window, moved by shares of its size. */
  private static double[] place(Tab tab, String element, double x, double y) {
    JsonNode box = tab.evaluate("(() => { const e = " + element + "; e.scrollIntoView({block:"
        + " 'center', behavior: 'instant'}); const b = e.getBoundingClientRect(); return [b.x + "
        + x
        + " * b.width, b.y + " + y + " * b.height]; })()");
    return new double[] {box.get(0).asDouble(), box.get(1).asDouble()};
  }

  private static void click(Tab tab, String element, int times) {
    double[] at = place(tab, element, 0.5, 0.5);
    for (int i = 1; i <= times; i++) {
      tab.mouse("mousePressed", at[0], at[1], i);
      tab.mouse("mouseReleased", at[0], at[1], i);
    }
  }

  private static Map<Integer, Integer> colours(byte[] png) throws IOException {
    var image = ImageIO.read(new ByteArrayInputStream(png));
    Map<Integer, Integer> counts = new HashMap<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        counts.merge(image.getRGB(x, y) & 0xFFFFFF, 1, Integer::sum);
      }
    }
    return counts;
  }

  @Test
  void asksForNothingAndComplainsOfNothing() {
    for (boolean dark : new boolean[] {false, true}) {
      Tab tab = open(1280, dark);
      assertEquals(List.of(), tab.complaints());
      assertEquals(List.of(run.resolve("report.html").toUri().toString()), tab.requests());
    }
  }

  @Test
  void isForbiddenToAskForAnything() {
    Tab tab = open(1280, false);
    JsonNode said =
        tab.evaluate("fetch('data:text/plain,x').then(() => 'fetched', () => 'refused')");
    assertEquals("refused", said.asText());
    assertFalse(tab.complaints().isEmpty(), "the policy should have been named as the reason");
  }

  @Test
  void drawsWhatFillsThePool() throws IOException {
    Tab tab = open(1280, false);
    place(tab, "document.getElementById('stacks')", 0.5, 0.5);
    Map<Integer, Integer> light = colours(tab.picture());
    assertTrue(light.getOrDefault(LIVE, 0) > 5000, "no area of live tokens: " + light.get(LIVE));
    click(tab, "document.getElementById('theme')", 1);
    place(tab, "document.getElementById('stacks')", 0.5, 0.5);
    Map<Integer, Integer> dark = colours(tab.picture());
    assertEquals(0, dark.getOrDefault(LIVE, 0), "a dark page keeps colours of the light one");
    assertTrue(dark.getOrDefault(0x101317, 0) > 100_000, "the page is not dark");
  }

  @Test
  void hidesADesign() {
    Tab tab = open(1280, false);
    String lines = LINKED + "[0].u.series.length - 1";
    assertEquals(2, tab.evaluate(lines).asInt());
    assertEquals(
        0,
        tab.evaluate("document.querySelectorAll('#stacks figure[hidden]').length")
            .asInt());
    click(tab, "document.querySelector('.toggle')", 1);
    assertEquals(1, tab.evaluate(lines).asInt());
    assertEquals(
        1,
        tab.evaluate("document.querySelectorAll('#stacks figure[hidden]').length")
            .asInt());
    click(tab, "document.querySelector('.toggle')", 1);
    assertEquals(2, tab.evaluate(lines).asInt());
  }

  @Test
  void zoomsAllChartsOfTimeTogether() {
    Tab tab = open(1280, false);
    double end = tab.evaluate("view.end").asDouble();
    String over = "document.querySelector('#lines .u-over')";
    double[] from = place(tab, over, 0.25, 0.5);
    double[] to = place(tab, over, 0.5, 0.5);
    tab.mouse("mouseMoved", from[0], from[1], 0);
    tab.mouse("mousePressed", from[0], from[1], 1);
    tab.mouse("mouseMoved", to[0], to[1], 0);
    tab.mouse("mouseReleased", to[0], to[1], 1);
    String spans = LINKED + ".map((chart) => [chart.u.scales.x.min, chart.u.scales.x.max])";
    JsonNode zoomed = tab.evaluate(spans);
    assertEquals(6, zoomed.size());
    for (JsonNode span : zoomed) {
      assertEquals(0.25 * end, span.get(0).asDouble(), 0.01 * end);
      assertEquals(0.5 * end, span.get(1).asDouble(), 0.01 * end);
    }
    click(tab, over, 2);
    for (JsonNode span : tab.evaluate(spans)) {
      assertEquals(0, span.get(0).asDouble());
      assertEquals(end, span.get(1).asDouble());
    }
    assertEquals(List.of(), tab.complaints());
  }

  /** The box beside the pointer says what timeseries.csv has for that time. */
  @Test
  void tellsTheValuesUnderThePointer() throws IOException {
    Tab tab = open(1280, false);
    double[] at = place(tab, "document.querySelector('#lines .u-over')", 0.6, 0.5);
    tab.mouse("mouseMoved", at[0], at[1], 0);
    tab.await("!document.getElementById('tip').hidden");
    JsonNode cells =
        tab.evaluate("[...document.querySelectorAll('#tip td')].map((cell) => cell.textContent)");
    double seconds = tab.evaluate(LINKED + "[0].u.posToVal(" + LINKED + "[0].u.cursor.left, 'x')")
        .asDouble();
    Map<String, Double> running = new HashMap<>();
    for (String line : Files.readAllLines(run.resolve("timeseries.csv"))) {
      String[] row = line.split(",");
      if (row[0].equals("design")) {
        continue;
      }
      double start = Double.parseDouble(row[1]);
      if (start <= seconds && seconds < start + Double.parseDouble(row[2])) {
        running.put(row[0], Double.parseDouble(row[12]));
      }
    }
    assertEquals(2 * 2, cells.size());
    for (int i = 0; i < cells.size(); i += 2) {
      double told = Double.parseDouble(cells.get(i + 1).asText());
      assertEquals(running.getOrDefault(cells.get(i).asText(), -1.0), told, 0.06, cells.toString());
    }
  }

  @Test
  void fitsAPhoneAndPaper() {
    Tab tab = open(390, false);
    assertEquals(390, tab.evaluate("document.documentElement.scrollWidth").asInt());
    assertTrue(tab.pdf().length > 50_000, "the paper is empty");
    assertEquals(List.of(), tab.complaints());
  }

  private static String shown(int panel) {
    return "document.querySelectorAll('.map canvas')[" + panel + "].toDataURL()";
  }

  @Test
  void showsWhoHoldsWhichPageAtAnyMoment() throws IOException {
    Tab tab = open(1280, false);
    JsonNode chosen =
        tab.evaluate("[...document.querySelectorAll('.map select')].map((list) => list.value)");
    assertEquals("[\"orca-max\",\"vllm-v1\"]", chosen.toString());
    place(tab, "document.querySelector('.maps')", 0.5, 0.5);
    Map<Integer, Integer> colours = colours(tab.picture());
    assertTrue(colours.getOrDefault(INTERNAL, 0) > 2000, "no hatching of what is never filled");
    assertTrue(colours.keySet().size() > 60, "too few hues: " + colours.size());

    String before = tab.evaluate(shown(0)).asText();
    click(tab, "document.querySelector('.player input')", 1);
    double middle =
        tab.evaluate("document.querySelector('.player input').value").asDouble();
    assertEquals(0.5 * tab.evaluate("view.end").asDouble(), middle, 0.05 * middle);
    assertFalse(before.equals(tab.evaluate(shown(0)).asText()), "the map stayed as it was");
    click(tab, "document.querySelector('.player button')", 1);
    tab.await("Number(document.querySelector('.player input').value) > " + (middle + 1));
    click(tab, "document.querySelector('.player button')", 1);
    assertEquals(List.of(), tab.complaints());
  }

  @Test
  void saysWhoHoldsThePageUnderThePointer() {
    Tab tab = open(1280, false);
    double[] at = place(tab, "document.querySelector('.map canvas')", 0.02, 0.02);
    String plain = tab.evaluate(shown(0)).asText();
    tab.mouse("mouseMoved", at[0], at[1], 0);
    tab.await("!document.getElementById('tip').hidden");
    String told = tab.evaluate("document.getElementById('tip').textContent").asText();
    assertTrue(told.matches("page \\d+: request #\\d+.*holds4,096 slots.*"), told);
    assertFalse(plain.equals(tab.evaluate(shown(0)).asText()), "the request was not brought out");
  }

  /** Cells, partition and requests of a film are apart in the file; what they say has to agree. */
  @Test
  void readsFilmsAsTheyWereWritten() {
    Tab tab = open(1280, false);
    JsonNode off = tab.evaluate("""
        (async () => {
          const data = JSON.parse(document.getElementById('data').textContent);
          let worst = 0;
          for (const text of Object.values(data.maps)) {
            const film = new Film(await unpack(text));
            const slots = film.pageTokens * film.pagesPerCell;
            film.frames.forEach((frame, i) => {
              let live = 0;
              for (let cell = 0; cell < film.cells; cell++) {
                live += ((film.look[i * film.cells + cell] % 9) / 8) * slots;
              }
              const said = frame.requests.reduce((sum, request) => sum + request.live, 0);
              worst = Math.max(worst, Math.abs(live - frame.parts[0]) / (film.pages * film.pageTokens),
                Math.abs(said - frame.parts[0]) / (film.pages * film.pageTokens));
            });
          }
          return worst;
        })()""");
    assertTrue(off.asDouble() < 0.005, "live slots differ by a share of " + off);
  }

  /** Along the other option a curve has as many points as that has values, and their numbers are those of the table. */
  @Test
  void drawsASweepAlongAnyOfItsOptions() throws IOException {
    Path sweep = folder.resolve("sweep");
    StringWriter told = new StringWriter();
    String line =
        "sweep " + SAMPLE + " --limit 60 --designs orca-max,vllm-v1 --vary page-tokens=8,16"
            + " --vary rate-scale=1,2,4 --out " + sweep;
    int code = Main.run(line.split(" "), new PrintWriter(told), new PrintWriter(told));
    assertEquals(0, code, told.toString());
    Tab tab = new Tab(browser, 1280, 900, 1, true);
    tab.open(sweep.resolve("report.html"));
    assertEquals(2, tab.evaluate("Chart.all[0].u.data[0].length").asInt());
    tab.evaluate("""
        (() => {
          const along = document.querySelector('#choices select');
          along.value = 'rate-scale';
          along.dispatchEvent(new Event('change'));
        })()""");
    JsonNode outputs = tab.evaluate("Chart.all[0].u.data[2]");
    assertEquals(3, outputs.size());
    int found = 0;
    for (String row : Files.readAllLines(sweep.resolve("sweep.csv"))) {
      String[] cells = row.split(",", -1);
      if (cells[0].equals("8") && cells[2].equals("vllm-v1")) {
        double output = Double.parseDouble(cells[2 + 8]);
        assertEquals(output, outputs.get(found++).asDouble(), 0.01);
      }
    }
    assertEquals(3, found);
    assertEquals(List.of(), tab.complaints());
    assertEquals(1, tab.requests().size());
  }
}
