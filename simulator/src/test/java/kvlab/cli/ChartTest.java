package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartTest {
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");
  private static final String RUN = "--limit 80 --pages 400 --step-time linear:5000000,20000,3 ";

  @TempDir
  Path folder;

  private Path run = Path.of("");

  @BeforeEach
  void replay() {
    run = folder.resolve("run");
    Ran ran = Ran.line("compare --designs vllm-v1,orca-max " + RUN + "--out", run, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
  }

  @Test
  void redrawsWhatTheRunDrew() throws IOException {
    Ran ran = Ran.line("chart --out", folder.resolve("again"), run);
    assertEquals(0, ran.exit(), ran.err());
    List<String> names = List.of("waste", "pool-over-time", "concurrency", "throughput", "latency");
    assertEquals(names.size(), ran.out().lines().count());
    for (String name : names) {
      assertArrayEquals(
          Files.readAllBytes(run.resolve("charts/" + name + ".svg")),
          Files.readAllBytes(folder.resolve("again/" + name + ".svg")),
          name);
    }
  }

  @Test
  void drawsOneTableOneChartAndOneDesign() throws IOException {
    Path out = folder.resolve("one");
    Ran ran = Ran.line(
        "chart --chart concurrency --designs vllm-v1 --format pdf,png --out",
        out,
        run.resolve("timeseries.csv"));
    assertEquals(0, ran.exit(), ran.err());
    assertEquals(
        List.of(out.resolve("concurrency.pdf") + "", out.resolve("concurrency.png") + ""),
        ran.out().lines().toList());
    Ran.line("chart --chart concurrency --out", out, run.resolve("timeseries.csv"));
    String both = Files.readString(out.resolve("concurrency.svg"));
    Ran.line(
        "chart --chart concurrency --designs vllm-v1 --out", out, run.resolve("timeseries.csv"));
    String one = Files.readString(out.resolve("concurrency.svg"));
    String orcaMax = "#d55e00"; // its colour, which no other design has
    assertTrue(both.contains(orcaMax));
    assertFalse(one.contains(orcaMax));
  }

  @Test
  void drawsSweepsByRateAndByPage() {
    Path sweep = folder.resolve("sweep");
    Ran ran = Ran.line(
        "sweep --no-charts --designs vllm-v1 --limit 80 --step-time linear:5000000,20000,3"
            + " --vary page-tokens=8,16,32,64 --vary rate-scale=1,2 --out",
        sweep,
        SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    Ran drawn = Ran.line("chart", sweep.resolve("sweep.csv"));
    assertEquals(0, drawn.exit(), drawn.err());
    for (String name :
        List.of("sweep-page-tokens", "sweep-rate-scale", "page-size", "throughput-latency")) {
      assertTrue(Files.exists(sweep.resolve("charts/" + name + ".svg")), name);
    }
  }

  @Test
  void drawsThePlan() {
    Path plan = folder.resolve("plan");
    Ran ran = Ran.line(
        "plan --slo ttft_p99=1s,tpot_p99=50ms --designs vllm-v1 " + RUN + "--out", plan, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(Files.exists(plan.resolve("charts/plan.svg")));
  }

  @ParameterizedTest
  @CsvSource({
    "--chart nothing,     unknown chart 'nothing'; there are waste",
    "--chart plan,        no chart plan can be made from it; there are waste",
    "--designs nobody,    has no design 'nobody'; it has vllm-v1",
    "--format gif,        'gif'"
  })
  void refusesWhatThereIsNot(String words, String expected) {
    Ran ran = Ran.line("chart " + words, run);
    assertEquals(2, ran.exit(), ran.out());
    assertTrue(ran.err().contains(expected), ran.err());
  }

  @Test
  void refusesWhatIsNoResult() throws IOException {
    Path csv = Files.writeString(folder.resolve("a.csv"), "a,b\n1,2\n");
    Path binary = Files.write(folder.resolve("b.csv"), new byte[] {(byte) 0xFE, 0, (byte) 0xFF});
    for (Path path : List.of(folder.resolve("none"), csv, binary)) {
      Ran ran = Ran.line("chart", path);
      assertEquals(2, ran.exit());
      assertTrue(ran.err().contains(path.toString()), ran.err());
      assertFalse(ran.err().contains("invariant"), ran.err());
      assertEquals(1, ran.err().lines().count(), ran.err());
    }
  }
}
