package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real traces, where they are at hand: row counts and sums as their publishers have them. */
class SharedTracesTest {
  private static final Path SHARED = Path.of(System.getProperty("kvlab.shared", "missing"));

  @BeforeAll
  static void needsTheTraces() {
    assumeTrue(
        Files.isDirectory(SHARED.resolve("traces")),
        "real traces are not redistributed; none in " + SHARED);
  }

  @ParameterizedTest
  @CsvSource({
    "azure2023_conv.csv.gz,             azure,    19366,  0, true,  22361870, 4088665",
    "mooncake_conversation.jsonl.gz,    mooncake, 12031,  0, true,  144793823, 4122048",
    "sosp23_sharegpt_opt_lengths.csv.gz,lengths,  84226,  0, false, 24897443, 30154682",
    "sosp23_sharegpt_stream_r2.0.csv.gz,native,   7280,   0, true,  1161055,  2446263",
    "alpaca5000_lengths.csv.gz,         lengths,  4998,   2, false, 94787, 292756",
    "lmsys_100k_lengths.csv.gz,         azure,    100000, 0, false, 9220294, 20739722",
  })
  void loads(
      String file,
      String format,
      int used,
      int dropped,
      boolean timed,
      long prompts,
      long outputs) {
    LoadedTrace<Trace> loaded =
        Traces.load(SHARED.resolve("traces").resolve(file).toString());
    assertEquals(format, loaded.format().id());
    assertEquals(used, loaded.rows().used());
    assertEquals(dropped, loaded.rows().dropped());
    assertEquals(timed, loaded.timed());
    assertEquals(prompts, sum(Loading.prompts(loaded.trace())));
    assertEquals(outputs, sum(Loading.outputs(loaded.trace())));
  }

  @ParameterizedTest
  @CsvSource({"ragpulse2025.tar.gz", "ccweka2026_dev.tar.gz"})
  void saysThatAnArchiveIsNoTrace(String file) {
    String path = SHARED.resolve("traces").resolve(file).toString();
    InputException refused = assertThrows(InputException.class, () -> Traces.load(path));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("is a tar archive"), message);
  }

  @Test
  void loadsEveryMeasuredAndGoldenTrace() throws IOException {
    List<Path> files = matching("glob:**/{measured/*/requests,golden/vllm-v*/*/trace}.csv.gz");
    assertFalse(files.isEmpty());
    for (Path file : files) {
      LoadedTrace<Trace> loaded = Traces.load(file.toString());
      assertEquals(TraceFormat.NATIVE, loaded.format(), file.toString());
      assertEquals(loaded.rows().read(), loaded.trace().size(), file.toString());
    }
  }

  private static List<Path> matching(String glob) throws IOException {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher(glob);
    try (Stream<Path> walk = Files.walk(SHARED.toRealPath())) {
      return walk.filter(matcher::matches).sorted().toList();
    }
  }

  private static long sum(int[] values) {
    long sum = 0;
    for (int value : values) {
      sum += value;
    }
    return sum;
  }
}
