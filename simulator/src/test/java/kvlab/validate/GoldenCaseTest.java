package kvlab.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GoldenCaseTest {
  @ParameterizedTest
  @CsvSource({"vllm-v1,62", "vllm-v0,33"})
  void takesTheDecisionsOfVllmInEveryStep(String set, int cases) throws IOException {
    Path recordings = Path.of(System.getProperty("kvlab.shared"), "golden", set);
    assumeTrue(Files.isDirectory(recordings), "the recorded schedules are not here: " + recordings);
    List<String> different = new ArrayList<>();
    List<Path> folders;
    try (Stream<Path> files = Files.list(recordings)) {
      folders = files.sorted().toList();
    }
    for (Path folder : folders) {
      GoldenCheck.Verdict verdict = GoldenCheck.check(GoldenCase.open(folder));
      if (!verdict.identical()) {
        different.add(verdict.text());
      }
    }
    assertEquals(List.of(), different);
    assertEquals(cases, folders.size());
  }

  @Test
  void namesTheFirstLineThatDiffers() {
    assertEquals("", GoldenCase.firstDifference("steps", "a\nb\n", "a\nb\n"));
    assertEquals(
        "steps differ first in line 2\n    vllm  b\n    kvlab c",
        GoldenCase.firstDifference("steps", "a\nb\n", "a\nc\n"));
    assertEquals(
        "steps differ first in line 3\n    vllm  (ends here)\n    kvlab x",
        GoldenCase.firstDifference("steps", "a\nb\n", "a\nb\nx\n"));
    assertEquals(
        "steps differ first in line 2\n    vllm  b\n    kvlab b (cut)",
        GoldenCase.firstDifference("steps", "a\nb\n", "a\nb"));
  }
}
