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
