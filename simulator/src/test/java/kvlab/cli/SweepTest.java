package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SweepTest {
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");
  private static final String RUN =
      "sweep --no-charts --limit 60 --step-time linear:5000000,20000,3 --designs vllm-v1,orca-max ";
  private static final String GRID = "--vary pages=300,600 --vary rate-scale=1:3:1 ";

  @TempDir
  Path folder;

  private Path out = Path.of("");

  @BeforeEach
  void name() {
    out = folder.resolve("out");
  }

  @Test
  void hasARowOfCompareForEachConfigurationInOrder() throws IOException {
    Ran ran = Ran.line(RUN + GRID + "--out", out, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    List<Map<String, String>> rows = Ran.rows(out.resolve("sweep.csv"));
    List<String> order = new ArrayList<>();
    for (Map<String, String> row : rows) {
      order.add(row.get("pages") + " " + row.get("rate-scale") + " " + row.get("design"));
    }
    assertEquals(
        List.of(
            "300 1 vllm-v1",
            "300 1 orca-max",
            "300 2 vllm-v1",
            "300 2 orca-max",
            "300 3 vllm-v1",
            "300 3 orca-max",
            "600 1 vllm-v1",
            "600 1 orca-max",
            "600 2 vllm-v1",
            "600 2 orca-max",
            "600 3 vllm-v1",
            "600 3 orca-max"),
        order);
    Path single = folder.resolve("single");
    Ran.line(RUN.replace("sweep", "compare") + "--pages 600 --rate-scale 2 --out", single, SAMPLE);
    List<Map<String, String>> alone = Ran.rows(single.resolve("summary.csv"));
    for (int i = 0; i < 2; i++) {
      for (Map.Entry<String, String> cell : alone.get(i).entrySet()) {
        String column = cell.getKey().equals("pages") ? "pages_in_force" : cell.getKey();
        assertEquals(cell.getValue(), rows.get(8 + i).get(column), column);
      }
      assertEquals("", rows.get(8 + i).get("failure"));
    }
  }

  @Test
  void givesTheSameBytesInOneThreadAndTwo() throws IOException {
    Path two = folder.resolve("two");
    Ran.line(RUN + GRID + "--jobs 1 --out", out, SAMPLE);
    Ran.line(RUN + GRID + "--jobs 2 --out", two, SAMPLE);
    requireSame(out, two);
  }

  /** The process is killed after some of 40 configurations; the last line of its journal is torn. */
  @Test
  void goesOnAfterAKill() throws Exception {
    String grid = "--vary pages=300:1250:50 --out";
    Path whole = folder.resolve("whole");
    assertEquals(0, Ran.line(RUN + grid, whole, SAMPLE).exit());

    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "kvlab.cli.Main"));
    command.addAll(List.of((RUN + "--jobs 1 " + grid).split(" ")));
    command.addAll(List.of(out.toString(), SAMPLE.toString()));
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
    Path journal = out.resolve("sweep.journal");
    while (process.isAlive() && (!Files.exists(journal) || lines(journal) < 3)) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    process.destroyForcibly().waitFor();
    assertTrue(Files.exists(journal), () -> "it had finished: " + log());
    assertTrue(lines(journal) < 40);
    assertFalse(Files.exists(out.resolve("sweep.csv")));

    String first = Files.readAllLines(journal).get(0);
    Files.writeString(journal, "{\"row\":39,\"cells\":{\"requ", StandardOpenOption.APPEND);
    assertEquals(2, Ran.line(RUN + grid, out, SAMPLE).exit()); // not without --resume
    assertEquals(first, Files.readAllLines(journal).get(0));
    Ran resumed = Ran.line(RUN + "--resume " + grid, out, SAMPLE);
    assertEquals(0, resumed.exit(), resumed.err());
    requireSame(whole, out);
    assertFalse(Files.exists(journal));
  }

  /** A row that is in the journal is not run again: a false one survives. */
  @Test
  void takesWhatHasFinishedFromTheJournal() throws IOException {
    Ran.line(RUN + GRID + "--out", out, SAMPLE);
    Files.writeString(
        out.resolve("sweep.journal"), "{\"row\":5,\"failure\":\"told so, \\\"really\\\"\"}\n");
    Ran ran = Ran.line(RUN + GRID + "--resume --out", out, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    List<String> lines = Files.readAllLines(out.resolve("sweep.csv"));
    assertEquals(13, lines.size());
    assertTrue(lines.get(6).startsWith("300,3,orca-max,,"), lines.get(6));
    assertTrue(lines.get(6).endsWith(",\"told so, \"\"really\"\"\""), lines.get(6));
  }

  @Test
  void refusesToResumeAnotherExperiment() throws IOException {
    Ran.line(RUN + GRID + "--out", out, SAMPLE);
    byte[] before = Files.readAllBytes(out.resolve("sweep.csv"));
    Ran ran =
        Ran.line(RUN.replace("--limit 60", "--limit 61") + GRID + "--resume --out", out, SAMPLE);
    assertEquals(2, ran.exit());
    assertEquals(
        "kvlab: " + out + ": cannot resume: its sweep is another experiment, of other traces,"
            + " options\n",
        ran.err());
    assertArrayEquals(before, Files.readAllBytes(out.resolve("sweep.csv")));
  }

  @Test
  void recordsWhatDecidesTheResult() throws IOException {
    Ran.line(RUN + GRID + "--over-length stop --set chunked-prefill=on --out", out, SAMPLE);
    var json = new ObjectMapper().readTree(out.resolve("sweep.json").toFile());
    assertEquals(64, json.at("/traces/0/sha256").asText().length());
    assertEquals("[\"300\",\"600\"]", json.at("/vary/pages").toString());
    assertEquals("STOP", json.at("/options/over-length").asText());
    assertEquals("{chunked-prefill=on}", json.at("/options/set").asText());
    assertEquals("llama-2-7b", json.at("/options/model").asText());
    assertTrue(json.at("/options/rate-scale").isMissingNode(), "it is varied");
  }

  /** 3 heads do not divide by 5 GPUs, and no design has a page of half a token. */
  @Test
  void makesRowsOfFailures() throws IOException {
    Ran ran = Ran.line(
        RUN + "--pages 600 --vary tensor-parallel=1,5 --vary page-tokens=16,0 --out", out, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    List<String> lines = Files.readAllLines(out.resolve("sweep.csv"));
    assertEquals(9, lines.size());
    assertTrue(lines.get(1).endsWith(","), lines.get(1));
    assertTrue(lines.get(3).endsWith("'0' is not a whole number of at least 1"), lines.get(3));
    assertTrue(lines.get(5).contains("--tensor-parallel 5 is not a number that"), lines.get(5));
    assertTrue(ran.err().contains("6 of 8 configurations failed; the first: "), ran.err());
  }

  @Test
  void failsWhenEveryRowDoes() throws IOException {
    Ran ran = Ran.line(RUN + "--vary rate-scale=0,-1 --out", out, SAMPLE);
    assertEquals(2, ran.exit(), ran.err());
    assertEquals(5, Files.readAllLines(out.resolve("sweep.csv")).size());
  }

  @ParameterizedTest
  @CsvSource({
    "--vary pages,                            is not OPTION=VALUES",
    "--vary nothing=1,                        --vary nothing: no such option",
    "--vary pages=100 --pages 50,             --vary pages: the option is given too",
    "--vary page-tokens=8 --block-size 8,     --vary page-tokens: the option is given too",
    "--vary watermark=0 --set watermark=0.1,  --vary watermark: the option is given too",
    "--vary pages=100 --vary num-gpu-blocks=1, --vary num-gpu-blocks: the option is varied twice",
    "--vary out=a,                            --out cannot be varied",
    "--vary limit=a,                          'a' is not an int",
    "--vary pages=100 --jobs 0,               --jobs must be at least 1",
    "--vary log=steps,                        --vary log: no such option",
    "--vary pages=100 --designs none,         unknown design 'none'",
    "--vary pages=1:900:1 --vary limit=1:9000:1, more than"
  })
  void refusesInOneLineAndLeavesNothing(String words, String expected) {
    Ran ran = Ran.line("sweep --no-charts --limit 60 " + words + " --out", out, SAMPLE);
    if (words.contains("limit=")) {
      ran = Ran.line("sweep --no-charts " + words + " --out", out, SAMPLE);
    }
    assertEquals(2, ran.exit(), ran.err());
    assertTrue(ran.err().contains(expected), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void drawsAChartForEachNumericOption() {
    Ran ran = Ran.line(
        RUN.replace("--no-charts ", "") + "--vary pages=300..1200x2 --vary gpu=a100-80g,h100-80g"
            + " --charts svg,pdf --out",
        out,
        SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(Files.exists(out.resolve("charts/sweep-pages.svg")));
    assertTrue(Files.exists(out.resolve("charts/sweep-pages.pdf")));
    assertFalse(Files.exists(out.resolve("charts/sweep-pages.png")));
    assertFalse(Files.exists(out.resolve("charts/sweep-gpu.svg")));
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static long lines(Path file) throws IOException {
    return Files.readString(file).chars().filter(c -> c == '\n').count();
  }

  private static void requireSame(Path expected, Path actual) throws IOException {
    for (String file : List.of("sweep.csv", "sweep.json")) {
      assertArrayEquals(
          Files.readAllBytes(expected.resolve(file)),
          Files.readAllBytes(actual.resolve(file)),
          file);
    }
  }
}
