package kvlab.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.report.html.LargeRun;
import kvlab.report.html.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten designs with 200,000 rows each: the file stays small, the page quick, and no spike is lost. */
final class LargeReportTest {
  private static final int MOST_BYTES = 10_000_000;
  private static final double MOST_MILLIS = 1000; // to draw 14 charts again; about 60 when idle

  @TempDir
  Path folder;

  @Test
  void tenDesignsOfTwoHundredThousandRows() throws IOException {
    Path report = Report.write(LargeRun.write(folder, 10, 200_000));
    long bytes = Files.size(report);
    assertTrue(bytes < MOST_BYTES, bytes + " bytes");
    assumeTrue(Browser.program().isPresent(), "no Chromium on the PATH: the page is not opened");
    try (Browser browser = Browser.start()) {
      Tab tab = new Tab(browser, 1280, 900, 1, false);
      tab.open(report);
      assertEquals(List.of(), tab.complaints());
      String most =
          "Math.max(...Chart.all[0].u.data.slice(1).map((column) => Math.max(...column)))";
      assertEquals(LargeRun.SPIKE, tab.evaluate(most).asInt());
      String time = "(() => { const t = performance.now(); view.zoom(%s, %s);"
          + " return performance.now() - t; })()";
      double zoom = tab.evaluate(String.format(time, "66000", "67500")).asDouble();
      double whole = tab.evaluate(String.format(time, "0", "200000")).asDouble();
      System.out.printf(
          "report of 10 x 200,000 rows: %,d bytes; zoom in %.0f ms, out %.0f ms%n",
          bytes, zoom, whole);
      assertTrue(Math.max(zoom, whole) < MOST_MILLIS, zoom + " ms, " + whole + " ms");
      tab.evaluate("view.zoom(66000, 67500)");
      assertEquals(LargeRun.SPIKE, tab.evaluate(most).asInt());
    }
  }
}
