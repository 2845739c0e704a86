package kvlab.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.step.AttentionTable.Measurement;
import kvlab.step.ProfileStepTime.Operators;
import org.junit.jupiter.api.Test;

/** A profile small enough to work out by hand, in nanoseconds. */
final class ProfileStepTimeTest {
  private static final PageTable TABLE = new PageTable(new Pool(1, 16), 1);
  private static final CountTable LAYER = table(Map.of(1, 100.0, 4, 400.0, 8, 600.0));
  private static final CountTable ONCE = table(Map.of(1, 7.0));
  private static final CountTable PER_SEQUENCE = table(Map.of(1, 10.0, 3, 20.0));

  /** Two blocks run at a time, and each sequence has eight: contexts stay whole. */
  private static final SplitPlan WHOLE = new SplitPlan(1, 8);

  private static CountTable table(Map<Integer, Double> times) {
    return new CountTable(new TreeMap<>(times));
  }

  /** Alone decodes cost 50 + 10 n + context; a chunk of T costs 100 T, 3 more per token before it. */
  private static List<Measurement> measurements() {
    List<Measurement> all = new ArrayList<>();
    for (int n : new int[] {1, 2, 4}) {
      for (int context : new int[] {10, 30}) {
        all.add(new Measurement(0, 0, n, context, 50 + 10 * n + n * context));
      }
    }
    for (int chunk : new int[] {2, 6}) {
      for (int before : new int[] {0, 8}) {
        double alone = 100 * chunk + 3 * before;
        all.add(new Measurement(chunk, before, 0, 0, alone));
        all.add(new Measurement(chunk, before, 1, 10, alone + 70));
        all.add(new Measurement(chunk, before, 1, 30, alone + 110));
        all.add(new Measurement(chunk, before, 2, 10, alone + 90));
        all.add(new Measurement(chunk, before, 2, 30, alone + 170));
      }
    }
    return all;
  }

  private static ProfileStepTime clock(Optional<CapturedDecode> captured, double key, int graphs) {
    return clock(captured, key, 1, graphs, 0);
  }

  private static ProfileStepTime clock(
      Optional<CapturedDecode> captured, double key, double clock, int graphs, double eager) {
    return clock(captured, LAYER, key, clock, graphs, eager, 0, 0);
  }

  private static ProfileStepTime clock(
      Optional<CapturedDecode> captured,
      CountTable layer,
      double key,
      double clock,
      int graphs,
      double eager,
      double narrow,
      double cold) {
    return new ProfileStepTime(
        new Operators(new AttentionTable(measurements()), captured, layer, ONCE, PER_SEQUENCE),
        new ProfileStepTime.Engine(
            2,
            new GraphSizes(graphs),
            key,
            clock,
            AllReduce.NONE,
            1000,
            eager,
            narrow,
            cold,
            5,
            20));
  }

  private static Batch decodes(int... contexts) {
    Batch batch = new Batch(8);
    for (int context : contexts) {
      batch.add(0, 0, 1, context - 1, true);
    }
    return batch;
  }

  @Test
  void aNodeIsWhatWasMeasured() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 0);
    // 1000 + 2 (100 + 50 + 10 + 10) + 7 + 10
    assertEquals(1357, clock.nanos(decodes(10), TABLE));
    // 1000 + 2 (400 + 50 + 40 + 4 x 30) + 7 + 25: sequences go on at 5 each
    assertEquals(2252, clock.nanos(decodes(30, 30, 30, 30), TABLE));
    assertEquals("step times of 1 of 2 steps lie beyond what the profile measured", clock.remark());
  }

  @Test
  void betweenNodesItIsLinearInBatchAndInTheSumOfContexts() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 0);
    // three sequences, 20 each: layer 300, attention 50 + 30 + 60 as at 2 of 30 and 4 of 15
    assertEquals(1000 + 2 * (300 + 140) + 7 + 20, clock.nanos(decodes(20, 20, 20), TABLE));
    // the same sum, divided otherwise
    assertEquals(1000 + 2 * (300 + 140) + 7 + 20, clock.nanos(decodes(10, 20, 30), TABLE));
    assertEquals("", clock.remark());
  }

  @Test
  void unequalContextsWaitForTheLongest() {
    // 10, 20, 30: 140 were they equal, and 2 for each of the 10 that the longest is above the mean
    assertEquals(
        1000 + 2 * (300 + 140 + 20) + 7 + 20,
        clock(Optional.empty(), 2, 0).nanos(decodes(10, 20, 30), TABLE));
  }

  @Test
  void arithmeticUnderLoadKeepsAnotherClock() {
    // three tokens: of 300, 100 are what one takes, and half as long again the rest
    assertEquals(
        1000 + 2 * (100 + 3 * 100 + 140) + 7 + 20,
        clock(Optional.empty(), 0, 1.5, 0, 0).nanos(decodes(20, 20, 20), TABLE));
  }

  @Test
  void layersOutsideGraphsAreLaunchedOneByOne() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 1, 8, 30);
    assertEquals(1000 + 2 * (400 + 140) + 7 + 20, clock.nanos(decodes(20, 20, 20), TABLE));
    Batch prompt = new Batch(1);
    prompt.add(0, 0, 2, 0, false);
    assertEquals(1000 + 2 * (200 + 200 + 30) + 7 + 10, clock.nanos(prompt, TABLE));
    assertEquals(1357 + 2 * 30, clock(Optional.empty(), 0, 1, 0, 30).nanos(decodes(10), TABLE));
  }

  /** Products of one tile of rows: 64 tokens, padding included, but not 65. */
  @Test
  void productsOfFewTokensAreSlowerThanAlone() {
    CountTable flat = table(Map.of(1, 100.0));
    ProfileStepTime clock = clock(Optional.empty(), flat, 0, 1, 0, 0, 40, 0);
    ProfileStepTime asAlone = clock(Optional.empty(), flat, 0, 1, 0, 0, 0, 0);
    for (int tokens : new int[] {64, 65}) {
      Batch prompt = new Batch(1);
      prompt.add(0, 0, tokens, 0, false);
      assertEquals(
          asAlone.nanos(prompt, TABLE) + (tokens == 64 ? 2 * 40 : 0), clock.nanos(prompt, TABLE));
    }
  }

  @Test
  void theFirstStepLoadsItsKernels() {
    ProfileStepTime clock = clock(Optional.empty(), LAYER, 0, 1, 0, 0, 0, 5000);
    clock.nanos(new Batch(1), TABLE); // nothing to compute
    assertEquals(5000 + 1357, clock.nanos(decodes(10), TABLE));
    assertEquals(1357, clock.nanos(decodes(10), TABLE));
  }

  /** A prompt of t tokens has t (t + 1) / 2 pairs; each but the first costs what it takes beyond a launch. */
  @Test
  void severalPromptsAreAsManyShortOnes() {
    AttentionTable table = new AttentionTable(List.of(
        new Measurement(2, 0, 0, 0, 50),
        new Measurement(4, 0, 0, 0, 110),
        new Measurement(8, 0, 0, 0, 400)));
    assertEquals(400, table.nanos(8, 36, 0, 0)); // one of 8
    assertEquals(110 + 60, table.nanos(8, 20, 0, 0)); // two of 4
    assertEquals(50, table.nanos(8, 12, 0, 0)); // four of 2, the smallest that was launched
    assertTrue(table.nanos(8, 44, 0, 0) > 0); // one of 8 after one token
  }

  @Test
  void aPromptBesideDecodesIsInterpolatedInTokensAndPairs() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 0);
    Batch batch = decodes(20);
    batch.add(1, 1, 4, 4, false); // 4 tokens after 4: chunk 400 + 12, decode of 20 beside it 90
    assertEquals(1000 + 2 * (450 + 412 + 90) + 7 + 15, clock.nanos(batch, TABLE));
    assertEquals("", clock.remark());
  }

  @Test
  void beyondTheLastNodesTheLineGoesOnAndIsCounted() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 0);
    // context 50: 50 + 10 + 50
    assertEquals(1000 + 2 * (100 + 110) + 7 + 10, clock.nanos(decodes(50), TABLE));
    assertEquals("step times of 1 of 1 steps lie beyond what the profile measured", clock.remark());
  }

  @Test
  void aGraphComputesTheTokensThatItWasCapturedFor() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 8);
    // three decodes in the graph for four; one sequence each in attention and sampling
    assertEquals(1000 + 2 * (400 + 140) + 7 + 20, clock.nanos(decodes(20, 20, 20), TABLE));
  }

  /** Four sequences take 4 per 4 tokens, one per token; a block takes 2 per token of its context. */
  @Test
  void aCapturedDecodeWaitsForItsLongestContext() {
    CapturedDecode captured = CapturedDecode.of(measurements(), 2, WHOLE).orElseThrow();
    assertEquals(2.0 * 40, captured.nanos(4, 1, 40, 40)); // one block is slower than the memory
    assertEquals(60, captured.nanos(4, 3, 60, 20)); // three are not
    assertEquals(60 + 2.0 * 20, captured.nanos(4, 3, 60, 40));
    ProfileStepTime clock = clock(Optional.of(captured), 5, 8);
    assertEquals(1000 + 2 * (400 + 100) + 7 + 20, clock.nanos(decodes(10, 10, 40), TABLE));
    assertEquals("", clock.remark());
    clock.nanos(decodes(40, 40, 40, 1), TABLE); // more than 4 times 30
    assertEquals("step times of 1 of 2 steps lie beyond what the profile measured", clock.remark());
    assertTrue(
        CapturedDecode.of(List.of(new Measurement(0, 0, 1, 10, 5)), 2, WHOLE).isEmpty(),
        "one context is no line");
  }

  /** Sixteen blocks at a time, two of a sequence: batches of 4 are cut into 2, those of 8 not at all. */
  @Test
  void partsOfTheLongestContextAreReadAtATime() {
    CapturedDecode captured =
        CapturedDecode.of(measurements(), 2, new SplitPlan(8, 2)).orElseThrow();
    assertEquals(60 + 2 * 20, captured.nanos(8, 3, 60, 40), "whole");
    assertEquals(60 + 2 * 20 / 2.0, captured.nanos(4, 3, 60, 40), "in two");
    assertEquals(40 + 2 * 160 / 7.0, captured.nanos(1, 1, 40, 200), 1e-9, "in seven");
  }

  /** In a stretch of decodes every context grows by a token: what the longest is above the mean stays. */
  @Test
  void aCapturedDecodeIsLinearWhileABatchDecodes() {
    CapturedDecode captured = CapturedDecode.of(measurements(), 2, WHOLE).orElseThrow();
    double first = captured.nanos(4, 3, 61, 40);
    double step = captured.nanos(4, 3, 64, 41) - first;
    for (int i = 2; i < 100; i++) {
      assertEquals(first + i * step, captured.nanos(4, 3, 61 + 3 * i, 40 + i), 1e-9);
    }
  }

  /**
   * Also where the batch grows beyond what was measured, where another graph has no such attention, and where
   * the first of them loads kernels.
   */
  @Test
  void stepsThatRepeatTakeWhatEachWouldTake() {
    for (double key : new double[] {0, 0.7, 3}) {
      for (SplitPlan plan : List.of(WHOLE, new SplitPlan(8, 2))) {
        Optional<CapturedDecode> captured = CapturedDecode.of(measurements(), key, plan);
        for (int graphs : new int[] {0, 8}) {
          ProfileStepTime together = clock(captured, LAYER, key, 1, graphs, 0, 9, 700);
          ProfileStepTime alone = clock(captured, LAYER, key, 1, graphs, 0, 9, 700);
          Batch batch = decodes(7, 11, 29);
          batch.copy(3);
          long[] nanos = new long[40];
          assertEquals(40, together.repeated(batch, TABLE, nanos, 40, Long.MAX_VALUE));
          Batch one = decodes(7, 11, 29);
          one.copy(3);
          for (long its : nanos) {
            assertEquals(alone.nanos(one, TABLE), its);
            one.repeat(1);
          }
          assertEquals(alone.remark(), together.remark());
          batch = decodes(7, 11, 29);
          long first = clock(captured, LAYER, key, 1, graphs, 0, 9, 0).nanos(batch, TABLE);
          assertEquals(2, together.repeated(batch, TABLE, nanos, 40, first + 1));
          assertEquals(1, together.repeated(batch, TABLE, nanos, 40, 0));
        }
      }
    }
  }

  @Test
  void repeatedStepsTakeWhatSpelledOutStepsTake() {
    ProfileStepTime clock = clock(Optional.empty(), 0.3, 0);
    Batch repeated = decodes(10, 22);
    repeated.repeat(1);
    repeated.repeat(1);
    assertEquals(24, repeated.longestDecode());
    assertEquals(clock.nanos(decodes(12, 24), TABLE), clock.nanos(repeated, TABLE));
    assertEquals(1, repeated.remove(0)); // whichever is first
    assertTrue(clock.readsTotalsOnly());
  }

  @Test
  void theLongestDecodeLeavesWithItsSequence() {
    Batch batch = new Batch(4);
    batch.add(0, 0, 1, 9, true);
    batch.add(1, 1, 1, 29, true);
    batch.add(2, 2, 50, 0, false);
    assertEquals(30, batch.longestDecode());
    batch.remove(1);
    assertEquals(10, batch.longestDecode());
    batch.clear();
    assertEquals(0, batch.longestDecode());
  }

  @Test
  void movesComeOnTop() {
    ProfileStepTime clock = clock(Optional.empty(), 0, 0);
    Batch batch = new Batch(1);
    batch.copy(3);
    batch.transfer(2);
    batch.pause(4);
    assertEquals(3 * 5 + 2 * 20 + 4, clock.nanos(batch, TABLE));
  }

  @Test
  void aBatchIsMeasuredOnce() {
    List<Measurement> twice =
        List.of(new Measurement(0, 0, 1, 10, 5), new Measurement(0, 0, 1, 10, 6));
    assertThrows(IllegalArgumentException.class, () -> new AttentionTable(twice));
    assertThrows(IllegalArgumentException.class, () -> new AttentionTable(List.of()));
  }

  /** Sizes of vLLM 0.19: 1, 2, 4, every 8th to 256, every 16th to the largest. */
  @Test
  void graphsAreThoseOfVllm() {
    GraphSizes graphs = new GraphSizes(512);
    int[][] padded = {{1, 1}, {2, 2}, {3, 4}, {5, 8}, {9, 16}, {256, 256}, {257, 272}, {512, 512}};
    for (int[] pair : padded) {
      assertEquals(pair[1], graphs.padded(pair[0]), "tokens " + pair[0]);
    }
    assertEquals(513, graphs.padded(513), "without a graph");
    assertEquals(256, GraphSizes.forSequences(128).largest());
    assertEquals(3, new GraphSizes(0).padded(3));
  }

  /** Two layers of 8 wide over 4 GPUs: 5 sums in 6 rounds, a quarter of 16 bytes per token each. */
  @Test
  void sumsGoAroundARing() {
    AllReduce sums = AllReduce.of(4, 2, 8, 1e9, 100);
    assertEquals(5 * 6 * 100 + 5 * 6 * 4.0 * 10, sums.nanos(10), 1e-9);
    assertEquals(0, AllReduce.of(1, 2, 8, 1e9, 100).nanos(10));
  }
}
