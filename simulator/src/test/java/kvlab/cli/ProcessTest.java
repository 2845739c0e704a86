package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: memory, signals, standard output. */
@Timeout(60)
class ProcessTest {
  @TempDir
  Path folder;

  private Path trace = Path.of("");

  @BeforeEach
  void writeTrace() throws IOException {
    trace = folder.resolve("endless.csv");
    Files.writeString(
        trace,
        "arrival_ns,prompt_tokens,output_tokens\n"
            + "0,1,1000000\n".repeat(10_000)); // 10^10 steps, one request at a time
  }

  @Test
  void saysThatMemoryIsShort() throws Exception {
    Process process = kvlab(
        "-Xmx24m",
        "compare",
        trace.toString(),
        "--pages=20000000",
        "--out=" + folder.resolve("out"));
    String err = text(process);
    assertEquals(2, process.waitFor(), err);
    assertTrue(err.contains("kvlab: out of memory (24 MiB)"), err);
    assertTrue(err.contains("KVLAB_JAVA_OPTS=-Xmx"), err);
    assertEquals(List.of(trace), files());
  }

  @Test
  void leavesNothingWhenEndedByASignal() throws Exception {
    Process process = kvlab(
        "-Xmx512m",
        "compare",
        trace.toString(),
        "--pages=70000",
        "--max-model-len=1100000",
        "--max-num-seqs=1",
        "--log=steps",
        "--out=" + folder.resolve("made/out"));
    while (files().stream().noneMatch(file -> file.endsWith("vllm-v1/steps.csv.gz"))
        && files().stream().noneMatch(file -> file.endsWith("orca-max/steps.csv.gz"))) {
      assertTrue(process.isAlive(), () -> text(process));
      TimeUnit.MILLISECONDS.sleep(20);
    }
    process.destroy();
    process.waitFor();
    assertEquals(List.of(trace), files());
  }

  /** Six of seven are turned away: their lines alone are more than the heap. */
  @Test
  void replaysATraceThatDoesNotFitInMemory() throws Exception {
    Path large = folder.resolve("large.bin");
    Ran made = Ran.line(
        "trace generate --requests 800000 --seed 3 --arrivals poisson:2000"
            + " --prompt lognormal:20000,1.5,1,1000000 --output fixed:3 --out",
        large);
    assertEquals(0, made.exit(), made.err());
    Path out = folder.resolve("out");
    Process process = kvlab(
        "-Xmx64m",
        "replay",
        large.toString(),
        "--design=vllm-v1",
        "--pages=40000",
        "--max-model-len=4096",
        "--step-time=linear:1000000,100,0",
        "--log=requests",
        "--no-charts",
        "--out=" + out);
    String err = text(process);
    assertEquals(0, process.waitFor(), err);
    Map<String, String> row = Ran.rows(out.resolve("summary.csv")).get(0);
    assertEquals("800000", row.get("requests"));
    long rejected = Long.parseLong(row.get("rejected"));
    assertTrue(rejected > 600_000, row.toString());
    try (Stream<String> lines = Files.lines(out.resolve("unserved.csv"))) {
      assertEquals(rejected, lines.skip(1).count());
    }
  }

  @Test
  void failsWhenStandardOutputCannotBeWritten() throws Exception {
    File full = new File("/dev/full");
    assumeTrue(full.exists(), "there is no /dev/full to write to");
    Process process = builder("-Xmx64m", "list", "formats").redirectOutput(full).start();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), err);
    assertTrue(err.startsWith("kvlab: standard output"), err);
  }

  private static Process kvlab(String heap, String... words) throws IOException {
    return builder(heap, words).start();
  }

  private static ProcessBuilder builder(String heap, String... words) {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        heap,
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "kvlab.cli.Main"));
    command.addAll(List.of(words));
    return new ProcessBuilder(command);
  }

  private static String text(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !file.equals(folder)).sorted().toList();
    }
  }
}
