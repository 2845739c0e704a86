package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.study.Rooflines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kvlab calibrate} and {@code kvlab validate operators}, end to end. */
class CalibrateTest {
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");

  private static final Path MEASURED =
      Path.of(System.getProperty("kvlab.shared", "../shared"), "measured");

  @TempDir
  Path folder;

  /** Products that take 3 us and what memory of 1 TB/s takes. */
  private Path table(String name) throws IOException {
    StringBuilder text = new StringBuilder("kernel,m,n,k,latency_ms\n");
    for (int m : new int[] {1, 2, 4, 8, 16}) {
      for (int n : new int[] {2048, 4096, 8192, 16384, 32768}) {
        for (int k : new int[] {2048, 4096, 8192, 16384}) {
          double nanos = 3000 + 2.0 * (m * (double) k + (double) k * n + m * (double) n) / 1000;
          text.append(String.format(Locale.ROOT, "made,%d,%d,%d,%.9f%n", m, n, k, nanos / 1e6));
        }
      }
    }
    return Files.writeString(folder.resolve(name), text.toString());
  }

  @Test
  void writesConstantsThatAReplayTakes() throws IOException {
    Path constants = folder.resolve("fitted.txt");
    Ran ran = Ran.line("calibrate --gpu a100-80g --write", constants, table("gemm.csv"));
    assertEquals(0, ran.exit(), ran.err());
    Constants fitted = Rooflines.read(constants, Constants.least());
    assertEquals(1000 / 2039.0, fitted.of(Constant.GEMM_BANDWIDTH), 0.01);
    assertEquals(3000, fitted.of(Constant.GEMM_LAUNCH_NS), 300);
    assertEquals(
        Rooflines.named("a100-80g").of(Constant.DECODE_KEY_NS),
        fitted.of(Constant.DECODE_KEY_NS),
        1e-3,
        "not measured, so it stays");
    assertTrue(ran.out().contains(Files.readString(constants)), ran.out());
    Ran replay = Ran.line(
        "compare " + SAMPLE + " --designs vllm-v1 --limit 50 --no-charts --out",
        folder.resolve("out"),
        "--step-time",
        "roofline:file=" + constants);
    assertEquals(0, replay.exit(), replay.err());
  }

  @Test
  void aFileMeansWhatItsConstantsMean() throws IOException {
    Path file = folder.resolve("some.txt");
    Files.writeString(file, "# mine\nstep-ns = 2000000 # two\ndecode-bandwidth=0.5\n");
    List<String> summaries = new ArrayList<>();
    for (String time :
        List.of("roofline:file=" + file, "roofline:step-ns=2e6,decode-bandwidth=0.5", "roofline")) {
      Path out = folder.resolve("out" + summaries.size());
      Ran ran = Ran.line(
          "compare " + SAMPLE + " --designs vllm-v1 --limit 50 --no-charts --out",
          out,
          "--step-time",
          time);
      assertEquals(0, ran.exit(), ran.err());
      summaries.add(Files.readString(out.resolve("summary.csv")));
    }
    assertEquals(summaries.get(0), summaries.get(1));
    assertFalse(summaries.get(0).equals(summaries.get(2)));
  }

  @Test
  void predictsTheOtherHalfOfATable() throws IOException {
    Path tables = Files.createDirectory(folder.resolve("tables"));
    Files.move(table("products.csv"), tables.resolve("products.csv"));
    Files.writeString(tables.resolve("notes.csv"), "a,b\n1,2\n");
    Path out = folder.resolve("out");
    Ran ran = Ran.line("validate operators --out", out, tables);
    assertEquals(0, ran.exit(), ran.err() + ran.out());
    assertTrue(ran.out().contains("1/1 tables within"), ran.out());
    List<String> points = Files.readAllLines(out.resolve("points.csv"));
    assertEquals(
        "table,operator,kind,point,measured_ns,constants_only_ns,corrected_ns,error_percent",
        points.get(0));
    assertTrue(points.size() > 30 && points.size() < 70, "about half of 100: " + points.size());
  }

  @Test
  void brokenTablesAreNamed() throws IOException {
    Path tables = Files.createDirectory(folder.resolve("tables"));
    refused("validate operators", tables, "no operator table");
    Path file = tables.resolve("gemm.csv");
    Files.writeString(file, "m,n,k,latency_ms\n1,2,3,4\n1,x,3,4\n");
    refused("validate operators", tables, file + ":3: n is not a number: x");
    Files.writeString(file, "m,n,k,latency_ms\n1,2,3,0\n");
    refused("calibrate", file, file + ":2: latency_ms must be at least");
    Files.writeString(file, "m,n,k,latency_ms\n1,2,3,1\n");
    refused("calibrate", file, "too few points");
    refused("calibrate", folder.resolve("none.csv"), "no such file");
    Path gz = Files.write(tables.resolve("gemm.csv.gz"), new byte[] {1, 2, 3});
    refused("calibrate", gz, "cannot be read");
    assertEquals(2, Ran.line("calibrate").exit());
  }

  private static void refused(String command, Path path, String why) {
    Ran ran = Ran.line(command, path);
    assertEquals(2, ran.exit(), ran.out());
    assertTrue(ran.err().contains(why), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
  }

  @Test
  void measuredTablesArePredictedWithinTheErrorAllowed() throws IOException {
    Path operators = MEASURED.resolve("operators");
    assumeTrue(Files.isDirectory(operators), "the operator tables are not in " + operators);
    Path some = Files.createDirectory(folder.resolve("some"));
    try (Stream<Path> files = Files.list(operators)) {
      for (Path file : files.sorted().toList()) {
        if (Files.size(file) < 150_000) {
          Files.copy(file, some.resolve(file.getFileName()));
        }
      }
    }
    Ran ran = Ran.line("validate operators", some);
    assertEquals(0, ran.exit(), ran.out());
    assertTrue(ran.out().contains("7/7 tables within"), ran.out());
  }

  @Test
  void aRecordedRunGivesTheOverheadsOfAStep() {
    Path run = MEASURED.resolve("rtx4090-llama-3.1-8b");
    assumeTrue(Files.isDirectory(run), "the recorded run is not in " + run);
    Ran ran = Ran.line(
        "calibrate --gpu rtx-4090 --model llama-3.1-8b --pages 2588 --max-num-seqs 256"
            + " --max-num-batched-tokens 2048 --prefix-cache on --max-model-len 32768 --requests",
        run.resolve("requests.csv.gz"),
        run.resolve("profile/tp1"));
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(heldOut(ran, "E2E") < 3, ran.out());
  }

  @Test
  void aRecordedRunGivesWhatAProfileOfKernelsLacks() throws IOException {
    Path run = MEASURED.resolve("rtx4090-llama-3.1-8b");
    assumeTrue(Files.isDirectory(run), "the recorded run is not in " + run);
    Path fitted = folder.resolve("fitted.txt");
    Ran ran = Ran.line(
        "calibrate --gpu rtx-4090 --model llama-3.1-8b --pages 2588 --max-model-len 32768"
            + " --set async-scheduling=on --requests",
        run.resolve("requests.csv.gz"),
        "--step-time",
        "profile:" + run.resolve("profile"),
        "--write",
        fitted,
        "--stretches",
        folder.resolve("stretches.csv"));
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(Ran.rows(folder.resolve("stretches.csv")).size() > 300);
    assertTrue(heldOut(ran, "decode steps") < 2, ran.out());
    assertTrue(heldOut(ran, "prompt steps") < 4, ran.out());
    assertTrue(heldOut(ran, "E2E") < 1, ran.out());
    assertEquals(
        22, constant(fitted, "profile-key-ns"), 5, "a block's token takes a few tens of ns");
    assertEquals(
        387e6, constant(fitted, "profile-cold-ns"), 25e6, "the second request waits that long");
  }

  private static double constant(Path fitted, String name) throws IOException {
    String line = Files.readAllLines(fitted).stream()
        .filter(its -> its.startsWith(name))
        .findFirst()
        .orElse("");
    return Double.parseDouble(line.substring(line.indexOf('=') + 1, line.indexOf('#')));
  }

  /** The mean error on the half that was not fitted. */
  private static double heldOut(Ran ran, String what) {
    String line = ran.out().lines().filter(l -> l.startsWith(what)).findFirst().orElse("");
    String text = line.substring(line.lastIndexOf("MAPE") + 5);
    return Double.parseDouble(text.substring(0, text.indexOf('%')));
  }
}
