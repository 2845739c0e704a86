package kvlab.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A trace that tells nothing of its prompts, whose pages are hashed only when they may be asked for, against
 * the same one with a key of its own for each prompt, whose pages are hashed at once.
 */
class UniquePromptsTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vllm-v1",
        "vllm-v0",
        "sglang",
        "lmdeploy",
        "hf-continuous",
        "tensorrt-llm-max-utilization"
      })
  void hashingLateChangesNothing(String design) throws IOException {
    int preempted = 0;
    for (long seed = 1; seed <= 4; seed++) {
      Path plain = replay(design, seed, false);
      Path keyed = replay(design, seed, true);
      for (String table :
          new String[] {"summary.csv", "timeseries.csv", "distributions.csv", "unserved.csv"}) {
        assertEquals(
            Files.readString(keyed.resolve(table)),
            Files.readString(plain.resolve(table)),
            design + ", seed " + seed + ": " + table);
      }
      preempted += preemptions(plain);
    }
    if (design.equals("vllm-v1")) {
      assertTrue(preempted > 0, "somebody has to come back and find what it lost");
    }
  }

  private Path replay(String design, long seed, boolean keyed) throws IOException {
    Random random = new Random(seed);
    StringBuilder rows = new StringBuilder(
        "arrival_ns,prompt_tokens,output_tokens" + (keyed ? ",prompt_key\n" : "\n"));
    for (int i = 0; i < 80; i++) {
      rows.append(i * 40_000_000L).append(',').append(1 + random.nextInt(300));
      rows.append(',').append(1 + random.nextInt(200)).append(keyed ? "," + i + "\n" : "\n");
    }
    Path trace = folder.resolve("t.csv");
    Files.writeString(trace, rows);
    return Replay.of(trace.toString())
        .maxModelTokens(600)
        .pages(60)
        .designs(design)
        .into(folder.resolve(keyed ? "keyed" : "plain"));
  }

  private static int preemptions(Path results) throws IOException {
    String[] lines = Files.readString(results.resolve("summary.csv")).split("\n");
    int column = Arrays.asList(lines[0].split(",")).indexOf("preemptions");
    return Integer.parseInt(lines[1].split(",")[column]);
  }
}
