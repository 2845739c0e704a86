package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TraceSummaryTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void measuresArrivalsByHand() {
    // gaps 0.5, 0.5, 1, 2 s: mean 1, squared deviations .25 + .25 + 0 + 1
    TraceSummary summary = TraceSummary.of(trace(0, SECOND / 2, SECOND, 2 * SECOND, 4 * SECOND));
    assertEquals(5, summary.requests());
    assertEquals(4 * SECOND, summary.durationNanos());
    assertEquals(1.0, summary.meanRate());
    assertEquals(2.0, summary.peakRate1s(), "a window does not hold its end");
    assertEquals(5 / 60.0, summary.peakRate60s());
    assertEquals(Math.sqrt(1.5 / 4), summary.gapCv(), 1e-12);
  }

  @Test
  void hasNoRatesWithoutTimes() {
    TraceSummary summary = TraceSummary.of(trace(0, 0, 0));
    assertEquals(0, summary.meanRate());
    assertEquals(0, summary.peakRate1s());
    assertEquals(0, summary.gapCv());
  }

  @Test
  void takesQuantilesByNearestRank() {
    TraceBuilder builder = new TraceBuilder("t");
    for (int i = 0; i < 200; i++) {
      builder.add(i, 0, 200 - i, 1);
    }
    assertEquals(
        new LengthStats(1, 2, 50, 100, 150, 180, 190, 198, 200, 100.5, 20_100),
        TraceSummary.of(builder.build()).prompt());
    assertEquals(new LengthStats(4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4), LengthStats.of(new long[] {4}));
  }

  @Test
  void countsBlocksSeenBefore() {
    Trace trace = new TraceBuilder("t", 16)
        .add(0, 5, 33, 1) // comes second
        .hashId(0)
        .hashId(1)
        .hashId(2)
        .add(1, 0, 33, 1)
        .hashId(0)
        .hashId(9)
        .hashId(9)
        .add(2, 9, 32, 1)
        .hashId(0)
        .hashId(1)
        .hashId(3)
        .add(3, 9, 32, 1)
        .build();
    assertEquals(Optional.of(new HashReuse(16, 9, 4, 1)), TraceSummary.of(trace).hashes());
  }

  @Test
  void countsDistinctIdsAsASetDoes() {
    for (long seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int bits = random.nextInt(1, 63);
      LongSet set = new LongSet();
      Set<Long> oracle = new HashSet<>();
      for (int i = 0; i < 5_000; i++) {
        long value = random.nextLong(1L << bits) - (1L << bits) / 2;
        assertEquals(oracle.add(value), set.add(value), "seed " + seed);
      }
    }
  }

  @Test
  void matchesWhatIsPublishedOfRealTraces() {
    Path traces = Path.of(System.getProperty("kvlab.shared", "missing"), "traces");
    assumeTrue(Files.isDirectory(traces), "real traces are not redistributed; none in " + traces);
    TraceSummary azure = summary(traces.resolve("azure2023_conv.csv.gz"));
    assertEquals(5.53, azure.meanRate(), 0.01);
    assertEquals(1.09, azure.gapCv(), 0.005);
    HashReuse mooncake =
        summary(traces.resolve("mooncake_conversation.jsonl.gz")).hashes().orElseThrow();
    assertEquals(new HashReuse(512, 288_500, 105_710, 0), mooncake);
    TraceSummary measured =
        summary(traces.resolveSibling("measured/rtx4090-llama-3.1-8b/requests.csv.gz"));
    assertTrue(measured.hashes().orElseThrow().overlong() > 0, "its unit is 16, not 512");
  }

  private static TraceSummary summary(Path file) {
    return TraceSummary.of(Traces.load(file.toString()).trace());
  }

  private static Trace trace(long... arrivals) {
    TraceBuilder builder = new TraceBuilder("t");
    for (int i = 0; i < arrivals.length; i++) {
      builder.add(i, arrivals[i], 1, 1);
    }
    return builder.build();
  }
}
