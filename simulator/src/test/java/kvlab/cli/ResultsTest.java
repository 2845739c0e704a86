package kvlab.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kvlab results} from an experiment file to a folder, and the same again. */
@Timeout(120)
class ResultsTest {
  @TempDir
  Path folder;

  @BeforeEach
  void writeExperiment() throws IOException {
    Path out = folder.resolve("out");
    Files.createDirectory(folder.resolve("r"));
    Files.writeString(
        folder.resolve("t.csv"), "arrival_ns,prompt_tokens,output_tokens\n0,16,17\n0,5,3\n");
    Files.writeString(
        folder.resolve("r/experiment.md"),
        "```sh\nkvlab replay '" + folder.resolve("t.csv")
            + "' --design vllm-v1 --pages 8 --no-charts"
            + " --step-time linear:1000,0,0 --out '" + out + "'\n```\n```keep\n" + out
            + "/summary.csv\n```\nAll {{summary.csv[design=vllm-v1].finished}} finished.\n");
  }

  @Test
  void regeneratesToTheSameBytesAndSeesAChange() throws IOException {
    Path results = folder.resolve("r");
    assertEquals(0, Ran.line("results", results).exit());
    assertTrue(Ran.text(results.resolve("README.md")).contains("\nAll 2 finished.\n"));
    assertTrue(Ran.text(results.resolve("environment.json")).contains("\"java\""));

    Ran same = Ran.line("results --check", results);
    assertEquals(0, same.exit(), same.err());
    assertEquals(
        List.of("README.md", "environment.json", "experiment.md", "summary.csv"), names(results));

    Path table = results.resolve("summary.csv");
    Files.writeString(table, Ran.text(table).replace("vllm-v1,2,2,", "vllm-v1,2,3,"));
    Ran changed = Ran.line("results --check", results);
    assertEquals(1, changed.exit(), changed.err());
    assertTrue(changed.out().contains("DIFFERENT    " + table), changed.out());

    assertEquals(0, Ran.line("results --text", results).exit());
    assertTrue(Ran.text(results.resolve("README.md")).contains("\nAll 3 finished.\n"));
  }

  @Test
  void saysWhichCommandFailed() throws IOException {
    Files.writeString(
        folder.resolve("r/experiment.md"),
        "```sh\nkvlab replay nowhere.csv --design vllm-v1\n```\n");
    Ran ran = Ran.line("results", folder.resolve("r"));
    assertEquals(2, ran.exit());
    assertTrue(ran.err().contains("nowhere.csv"), ran.err());
    assertTrue(
        ran.err().contains("'kvlab replay nowhere.csv --design vllm-v1' ended with exit code 2"),
        ran.err());
  }

  @Test
  void leavesOutAFolderThatCannotBeMadeAndGoesOn() throws IOException {
    Path lacking = Files.createDirectory(folder.resolve("a"));
    Files.writeString(
        lacking.resolve("experiment.md"),
        "```sh\nkvlab replay nowhere.csv --design vllm-v1\n```\n");
    Ran ran = Ran.line("results", lacking, folder.resolve("r"));
    assertEquals(2, ran.exit());
    List<String> said =
        ran.err().lines().filter(line -> line.contains("left out")).toList();
    assertEquals(2, said.size(), ran.err());
    assertEquals(
        "left out: " + lacking + ": nowhere.csv: no such file ('kvlab replay nowhere.csv --design"
            + " vllm-v1' ended with exit code 2)",
        said.get(0));
    assertEquals("kvlab: left out, for the reasons above: " + lacking, said.get(1));
    assertTrue(Files.exists(folder.resolve("r/README.md")), "the other is made");
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
