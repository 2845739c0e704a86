package kvlab.gpu.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kvlab.cli.Main;
import kvlab.gpu.TestDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, with a device that is none and with the CPU twin. */
final class ValidateGpuTest {
  @TempDir
  Path folder;

  private record Ran(int code, String out, String err) {}

  private Ran run(String... more) {
    List<String> args = new ArrayList<>(List.of("validate", "gpu", "--out", folder.toString()));
    args.addAll(List.of(more));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(
        args.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
    return new Ran(code, out.toString(), err.toString());
  }

  /** A process of its own, because this one may have a driver already. */
  @Test
  void withoutADeviceSaysWhatIsMissingAndLeavesNothing() throws IOException, InterruptedException {
    Path out = folder.resolve("none");
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED", // as the launcher does; newer JDKs warn without
            // it
            "-Djava.library.path=" + System.getProperty("java.library.path"),
            "-cp",
            System.getProperty("java.class.path"),
            "kvlab.cli.Main",
            "validate",
            "gpu",
            "--out",
            out.toString())
        .redirectErrorStream(true)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assumeTrue(code == 2, "there is a GPU here: " + said);
    assertTrue(said.startsWith("kvlab: validate gpu: no "), said);
    assertEquals(1, said.lines().count(), said);
    assertTrue(Files.notExists(out));
  }

  @Test
  void memoryIsExactOnTheTwinAndEveryOutputSaysThatItIsOne() throws IOException {
    TestDevice.requireTwin();
    Ran first = run("--cpu-twin", "--parts", "m1,m2,m3");
    assertEquals(0, first.code(), first.err());
    assertTrue(first.out().startsWith("CPU twin"), first.out());
    assertTrue(
        first.out().lines().anyMatch(line -> line.matches("([1-9]\\d)/\\1 figures within.*")),
        first.out());
    for (String file : List.of("m1-findings.csv", "m2-findings.csv", "report.txt")) {
      assertTrue(Files.readString(folder.resolve(file)).contains("CPU twin"), file);
    }
    assertTrue(Files.readString(folder.resolve("device.csv")).contains("CPU twin"));

    Ran second = run("--cpu-twin", "--parts", "m1,m2,m3");
    assertEquals(first.out(), second.out());
    assertTrue(second.err().contains("m3: done before"), second.err());
    TestDevice.assertNothingOpen();
  }

  /** Times mean nothing here, but given them every batch, start and page is the device's. */
  @Test
  void theSimulatorDecidesAsTheTwinDidInTheTwinsStepTimes() throws IOException {
    TestDevice.requireTwin();
    Ran ran = run("--cpu-twin", "--parts", "p1,s1,e1-e2");
    assertEquals(0, ran.code(), ran.err());
    List<String> differ = Files.readAllLines(folder.resolve("e1-e2-findings.csv")).stream()
        .filter(line -> line.contains("steps that differ"))
        .toList();
    assertEquals(6, differ.size(), "two designs at three loads");
    for (String line : differ) {
      assertTrue(line.contains(",0.0,0.0,0.0,"), line);
      assertTrue(line.matches(".*\\(of [1-9]\\d*\\).*"), line);
    }
    TestDevice.assertNothingOpen();
  }

  @Test
  void unknownPartsAreNamed() {
    Ran ran = run("--parts", "m9");
    assertEquals(2, ran.code());
    assertEquals(
        "kvlab: there is no part 'm9'; there are m1, m2, m3, k1, k2-k4, c1, g1, p1, s1," + " e1-e2",
        Objects.requireNonNull(ran.err().lines().findFirst().orElse("")));
  }
}
