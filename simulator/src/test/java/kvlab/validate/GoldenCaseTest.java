package kvlab.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class GoldenCaseTest {
  @Test
  void takesTheDecisionsOfVllmInEveryStep() throws IOException {
    Path recordings = Path.of(System.getProperty("kvlab.shared"), "golden", "vllm-v1");
    assumeTrue(Files.isDirectory(recordings), "the recorded schedules are not here: " + recordings);
    List<Path> folders;
    try (Stream<Path> files = Files.list(recordings)) {
      folders = files.sorted().toList();
    }
    int replayed = 0;
    for (Path folder : folders) {
      GoldenCase golden = GoldenCase.open(folder);
      if (golden.unsupported().isEmpty()) {
        GoldenCheck.Verdict verdict = GoldenCheck.check(golden);
        assertTrue(verdict.identical(), verdict.text());
        replayed++;
      }
    }
    assertEquals(62, replayed);
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
