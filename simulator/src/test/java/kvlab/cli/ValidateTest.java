package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recorded truth lies outside the project; without it these tests are skipped and say so. */
class ValidateTest {
  private static final Path SHARED = Path.of(System.getProperty("kvlab.shared", "../shared"));
  private static final Path RECORDED = SHARED.resolve("golden/vllm-v1");

  @TempDir
  Path folder;

  @Test
  void everyRecordedScheduleIsIdentical() throws IOException {
    List<Path> cases = new ArrayList<>(cases(false));
    assertEquals(39, cases.size());
    cases.addAll(cases(true));
    Ran ran = Ran.line("validate golden", cases.toArray());
    assertEquals(0, ran.exit(), ran.out() + ran.err());
    assertTrue(ran.out().endsWith("62/62 cases identical" + System.lineSeparator()), ran.out());
    assertEquals("", ran.err());
  }

  @Test
  void writesLogsEqualToTheRecordedOnes() throws IOException {
    Path golden = cases(false).get(0);
    Path out = folder.resolve("made/logs");
    Ran.line("validate golden --out", out, golden);
    Path logs = out.resolve(golden.getFileName());
    for (String log : List.of("steps.csv.gz", "requests.csv.gz")) {
      assertEquals(Ran.text(golden.resolve(log)), Ran.text(logs.resolve(log)), log);
    }
    try (Stream<Path> beside = Files.list(folder.resolve("made"))) {
      assertEquals(List.of(out), beside.toList());
    }
  }

  @Test
  void showsTheFirstLineThatDiffers() throws IOException {
    Path copy = copyOf(cases(false).get(0));
    Path steps = copy.resolve("steps.csv.gz");
    List<String> lines = new ArrayList<>(Ran.text(steps).lines().toList());
    String recorded = lines.get(5);
    String tampered = recorded.replaceFirst(",(\\d+),", ",1$1,");
    lines.set(5, tampered);
    pack(String.join("\n", lines) + "\n", steps);
    Ran ran = Ran.line("validate golden", copy);
    assertEquals(1, ran.exit(), ran.out());
    assertTrue(ran.out().contains("DIFFERENT     " + copy.getFileName()), ran.out());
    assertTrue(ran.out().contains("steps differ first in line 6"), ran.out());
    assertTrue(ran.out().contains("vllm  " + tampered + "\n"), ran.out());
    assertTrue(ran.out().contains("kvlab " + recorded + "\n"), ran.out());
  }

  @Test
  void refusesARecordingThatIsCutShort() throws IOException {
    Path copy = copyOf(cases(false).get(0));
    Path steps = copy.resolve("steps.csv.gz");
    byte[] bytes = Files.readAllBytes(steps);
    Files.write(steps, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Path out = folder.resolve("made");
    Ran ran = Ran.line("validate golden --out", out, copy);
    assertEquals(2, ran.exit(), ran.out());
    assertEquals("kvlab: " + steps + ": cannot be read: cut short\n", ran.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void keepsTheLogsOfTwoCasesOfOneNameApart() throws IOException {
    Path golden = cases(false).get(0);
    Path copy = copyOf(golden);
    Path out = folder.resolve("made");
    Ran ran = Ran.line("validate golden --out", out, golden, copy);
    assertEquals(0, ran.exit(), ran.err());
    for (Path recorded : List.of(golden, copy)) {
      Path whole = recorded.toAbsolutePath().normalize();
      Path logs = out.resolve(whole.subpath(whole.getNameCount() - 2, whole.getNameCount()));
      assertEquals(
          Ran.text(golden.resolve("steps.csv.gz")), Ran.text(logs.resolve("steps.csv.gz")));
    }
  }

  @Test
  void refusesOneCaseTwiceInOneOut() throws IOException {
    Path golden = cases(false).get(0);
    Path out = folder.resolve("made");
    Ran ran = Ran.line("validate golden --out", out, golden, golden);
    assertEquals(2, ran.exit(), ran.out());
    assertTrue(ran.err().contains("a second case named "), ran.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void reproducesThePublishedFigures() {
    Path traces = SHARED.resolve("traces");
    assumeTrue(
        Files.exists(traces.resolve("sosp23_sharegpt_opt_lengths.csv.gz")),
        "the lengths of the paper's artifact are not in " + traces);
    Ran ran = Ran.line("validate paper --traces", traces);
    assertEquals(0, ran.exit(), ran.out());
    assertFalse(ran.out().contains("OUTSIDE"), ran.out());
    assertTrue(ran.out().contains("20/20 figures within tolerance"), ran.out());
  }

  private static List<Path> cases(boolean prefixCaching) throws IOException {
    assumeTrue(Files.isDirectory(RECORDED), "the recorded schedules are not in " + RECORDED);
    List<Path> cases = new ArrayList<>();
    try (Stream<Path> folders = Files.list(RECORDED)) {
      for (Path folder : folders.sorted().toList()) {
        if (new ObjectMapper()
                .readTree(folder.resolve("case.json").toFile())
                .at("/params/prefix_caching")
                .asBoolean()
            == prefixCaching) {
          cases.add(folder);
        }
      }
    }
    return cases;
  }

  private Path copyOf(Path golden) throws IOException {
    Path copy = Files.createDirectories(folder.resolve(golden.getFileName()));
    for (String file : List.of("case.json", "trace.csv.gz", "steps.csv.gz", "requests.csv.gz")) {
      Files.write(copy.resolve(file), Files.readAllBytes(golden.resolve(file)));
    }
    return copy;
  }

  private static void pack(String text, Path file) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
