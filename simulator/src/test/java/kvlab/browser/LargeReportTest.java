package kvlab.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kvlab.cli.Main;
import kvlab.report.html.LargeRun;
import kvlab.report.html.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Large runs: the file stays small, the page quick, and no spike is lost. */
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

  /** 3,000 requests of 3,900 tokens over a day, about 300 of them at a time on 100,000 pages. */
  @Test
  void aHundredThousandPagesForADay() throws IOException {
    StringBuilder trace = new StringBuilder("arrival_s,prompt_tokens,output_tokens\n");
    for (int i = 0; i < 3000; i++) {
      trace.append(i * 28.8).append(",3000,900\n");
    }
    Path csv = Files.writeString(folder.resolve("day.csv"), trace);
    Path run = folder.resolve("run");
    StringWriter told = new StringWriter();
    String line = "compare " + csv + " --pages 100000 --max-model-len 4096 --max-num-seqs 1000"
        + " --designs contiguous-max,vllm-v1 --step-time linear:10000000000,0,0 --out " + run;
    int code = Main.run(line.split(" "), new PrintWriter(told), new PrintWriter(told));
    assertEquals(0, code, told.toString());
    for (String design : List.of("contiguous-max", "vllm-v1")) {
      assertTrue(Files.size(run.resolve("maps/" + design + ".gz")) <= 1 << 20, design);
    }
    Path report = run.resolve(Report.NAME);
    assertTrue(Files.size(report) < MOST_BYTES, Files.size(report) + " bytes");
    assumeTrue(Browser.program().isPresent(), "no Chromium on the PATH: the page is not opened");
    try (Browser browser = Browser.start()) {
      Tab tab = new Tab(browser, 1280, 900, 2, false);
      tab.open(report);
      assertEquals(List.of(), tab.complaints());
      double each = tab.evaluate(
              "(() => { const t = performance.now(); for (let i = 0; i < 10; i++)"
                  + " { memoryMap.go((memoryMap.end * (i + 0.5)) / 10); }"
                  + " return (performance.now() - t) / 10; })()")
          .asDouble();
      System.out.printf(
          "report of a day on 100,000 pages: %,d bytes; a moment of two maps %.0f ms%n",
          Files.size(report), each);
      assertTrue(each < MOST_MILLIS, each + " ms a moment");
    }
  }
}
