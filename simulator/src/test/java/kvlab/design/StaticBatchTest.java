package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Static batches by hand; a request of prompt P and output O needs F = P + O - 1 slots at most. */
final class StaticBatchTest {
  private static final Pool PAPER_POOL = new Pool(983, 16);

  /**
   * FasterTransformer {@code ParallelGpt.cc}: {@code memory_len} slots per row, nobody joins, all free at
   * once. 20 slots hold two regions of 8 and 4 slots more. F is 4, 7 and 2.
   */
  @Test
  void fasterTransformerHoldsEveryRegionUntilTheLongestOutput() {
    assertEquals(
        List.of(
            // reserved 4-3 + 7-5, internal 8-4 + 8-7; request 2 wants 8 of the 4 left
            "0:3 1:5; live 8, reserved 3, internal 5, short 4",
            "0:1 1:1; live 10, reserved 1, internal 5, short 4",
            // request 0 has gone, its region has not: internal 8 + 1
            "1:1; live 7, internal 9, short 4",
            "2:2; live 2, internal 6, idle 12"),
        Steps.of(
            "fastertransformer",
            new Pool(20, 1),
            8,
            Map.of(),
            new TraceBuilder("three").add(0, 0, 3, 2).add(1, 0, 5, 3).add(2, 0, 2, 1)));
  }

  /** Kwon et al., SOSP 2023, section 3.1, in the pool of section 6: 15728 slots hold 7 regions of 2048. */
  @Test
  void fasterTransformerBatchesAsManyAsThePoolHolds() {
    TraceBuilder trace = new TraceBuilder("eight");
    for (int i = 0; i < 8; i++) {
      trace.add(i, 0, 161, 338);
    }
    // 7 x (161, 498 - 161, 2048 - 498), and 983 - 7 x 128 pages
    assertEquals(
        "0:161 1:161 2:161 3:161 4:161 5:161 6:161;"
            + " live 1127, reserved 2359, internal 10850, short 1392",
        Steps.of("fastertransformer", PAPER_POOL, 2048, Map.of(), trace).get(0));
  }

  /**
   * Hugging Face {@code StaticCache}: {@code batch x max_cache_len}, whatever is asked for. The third
   * request waits for the batch, not for memory; the fourth needs 7 slots of 6.
   */
  @Test
  void hfStaticReservesTheWholeCacheLengthForEachRow() {
    assertEquals(
        List.of(
            "3 NEVER_FITS",
            // F is 4 and 3: reserved 1 + 1, internal 2 + 3
            "0:3 1:2; live 5, reserved 2, internal 5, idle 8",
            "0:1 1:1; live 7, internal 5, idle 8",
            "2:1; live 1, internal 5, idle 14"),
        Steps.of(
            "hf-static",
            new Pool(20, 1),
            8,
            Map.of("max-batch", "2", "max-cache-len", "6"),
            new TraceBuilder("four")
                .add(0, 0, 3, 2)
                .add(1, 0, 2, 2)
                .add(2, 0, 1, 1)
                .add(3, 0, 6, 2)));
  }

  /**
   * Hugging Face {@code DynamicCache}, {@code cache_utils.py} {@code update}: {@code B (maxP + g)} slots;
   * each growth copies what was there, {@code B} times the old width; finished rows grow too.
   */
  @Test
  void hfDynamicPadsToTheLongestPromptAndCopiesTheCacheToGrow() {
    assertEquals(
        List.of(
            "0:4 1:2; live 6, internal 2, idle 12", // 2 x 4, of which 2 are padding
            "0:1 1:1; live 8, internal 2, idle 10; copies 8", // 2 x 5
            // 2 x 6: the row of request 0 is of no more use: internal 6 + 2
            "1:1; live 4, internal 8, idle 8; copies 10"),
        Steps.of(
            "hf-dynamic",
            new Pool(20, 1),
            16,
            Map.of("max-batch", "2"),
            new TraceBuilder("two").add(0, 0, 4, 2).add(1, 0, 2, 3)));
  }

  /** The vector of section 6.1's mean request, in pages of 16: 161 slots asked, 176 given. */
  @Test
  void hfDynamicAsksForNoMoreThanThereIs() {
    assertEquals(
        "0:161; live 161, rounding 15, idle 15552",
        Steps.of(
                "hf-dynamic",
                PAPER_POOL,
                2048,
                Map.of(),
                new TraceBuilder("one").add(0, 0, 161, 338))
            .get(0));
  }

  /**
   * {@code generate} has no admission control; memory running out ends it. Two rows of 5 fill 10 slots, a
   * sixth column does not fit, and one row is tried: request 0 again with the two tokens it has.
   */
  @Test
  void hfDynamicHalvesABatchThatRanOutOfMemory() {
    assertEquals(
        List.of(
            "0:4 1:4; live 8, idle 2",
            "0:1 1:1; live 10; copies 8",
            "; short 10; preempts 1; preempts 0",
            "0:6; live 6, short 4",
            "0:1; live 7, short 3; copies 6", // the fourth token
            "1:6; live 6, idle 4"), // the third
        Steps.of(
            "hf-dynamic",
            new Pool(10, 1),
            10,
            Map.of("max-batch", "2"),
            new TraceBuilder("two").add(0, 0, 4, 4).add(1, 0, 4, 3)));
  }

  /** Three rows of 4 are too many for 10 slots: half of 3 is 1. Then two rows of 3 do fit. */
  @Test
  void hfDynamicHalvesABatchWhosePromptsDoNotFit() {
    assertEquals(
        List.of("0:4; live 4, short 6", "1:2 2:3; live 5, internal 1, idle 4"),
        Steps.of(
            "hf-dynamic",
            new Pool(10, 1),
            10,
            Map.of(),
            new TraceBuilder("three").add(0, 0, 4, 1).add(1, 0, 2, 1).add(2, 0, 3, 1)));
  }
}
