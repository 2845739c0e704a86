package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Equal commands give equal bytes, whatever else runs beside a design. */
class SameAgainTest {
  private static final String RUN =
      "compare --no-charts --limit 150 --pages 400" + " --rate-scale 4 --log steps,requests ";
  private static final Path SAMPLE = Path.of(System.getProperty("kvlab.root", ".."))
      .resolve("workloads/samples/chat-azure-like.csv");

  @TempDir
  Path folder;

  private Path all = Path.of("");

  @BeforeEach
  void compareAll() {
    all = folder.resolve("all");
    Ran ran = Ran.line(RUN + "--out", all, SAMPLE);
    assertEquals(0, ran.exit(), ran.err());
  }

  @Test
  void putsMemoryUnderPressure() throws IOException {
    assertTrue(
        Ran.rows(all.resolve("summary.csv")).stream()
            .anyMatch(row -> Integer.parseInt(row.get("preemptions")) > 0),
        "else this class compares too little");
  }

  @Test
  void givesTheSameBytesAgain() throws IOException {
    Path again = folder.resolve("again");
    Ran.line(RUN + "--out", again, SAMPLE);
    for (String file : List.of(
        "summary.csv",
        "timeseries.csv",
        "distributions.csv",
        "unserved.csv",
        "vllm-v1/steps.csv.gz",
        "vllm-v1/requests.csv.gz",
        "orca-max/steps.csv.gz",
        "orca-max/requests.csv.gz")) {
      assertArrayEquals(
          Files.readAllBytes(all.resolve(file)), Files.readAllBytes(again.resolve(file)), file);
    }
    assertEquals(configuration(all), configuration(again));
  }

  @Test
  void givesTheSameBytesStepByStep() throws IOException {
    String run = RUN.replace("steps,requests", "requests"); // a log of steps takes each of them
    Path leapt = folder.resolve("leapt");
    Path stepped = folder.resolve("stepped");
    Ran.line(run + "--out", leapt, SAMPLE);
    Ran.line(run + "--no-leap --out", stepped, SAMPLE);
    for (String file : List.of(
        "summary.csv",
        "timeseries.csv",
        "distributions.csv",
        "unserved.csv",
        "vllm-v1/requests.csv.gz",
        "orca-max/requests.csv.gz")) {
      assertArrayEquals(
          Files.readAllBytes(leapt.resolve(file)), Files.readAllBytes(stepped.resolve(file)), file);
    }
    assertEquals(configuration(leapt), configuration(stepped));
  }

  @Test
  void givesADesignTheSameRowAlone() throws IOException {
    for (Map<String, String> together : Ran.rows(all.resolve("summary.csv"))) {
      String design = together.get("design");
      Path alone = folder.resolve("alone-" + design);
      Ran.line(RUN + "--designs " + design + " --out", alone, SAMPLE);
      assertEquals(List.of(together), Ran.rows(alone.resolve("summary.csv")), design);
      for (String log : List.of("steps.csv.gz", "requests.csv.gz")) {
        assertArrayEquals(
            Files.readAllBytes(all.resolve(design).resolve(log)),
            Files.readAllBytes(alone.resolve(log)),
            design + " " + log);
      }
    }
  }

  @Test
  void replacesTheResultsOfAnEarlierRun() throws IOException {
    byte[] summary = Files.readAllBytes(all.resolve("summary.csv"));
    Ran.line("compare --designs all --no-charts --limit 10 --pages 400 --out", all, SAMPLE);
    Ran.line(RUN + "--out", all, SAMPLE);
    assertArrayEquals(summary, Files.readAllBytes(all.resolve("summary.csv")));
  }

  private static JsonNode configuration(Path results) throws IOException {
    return new ObjectMapper().readTree(results.resolve("run.json").toFile()).path("configuration");
  }
}
