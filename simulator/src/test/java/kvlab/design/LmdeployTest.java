package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * TurboMind's {@code SequenceManager::Materialize} worked by hand from {@code
 * src/turbomind/models/llama/{SequenceManager,BlockManager,BlockTrie}.cc} (0397f35); {@code kv-systems.md},
 * section 3.2.8.
 */
final class LmdeployTest {
  private static Scenario run(int pages, Map<String, String> options, TraceBuilder trace) {
    return Scenario.run("lmdeploy", new Pool(pages, 4), 4 * pages, options, trace);
  }

  /**
   * {@code Transaction::Process}: a prompt that does not get all its pages gets none, and the next one
   * tries. 4 pages: 0 takes 2, 1 wants 3 of 2, 2 takes 1.
   */
  @Test
  void allOrNothingAndTheNextOneTries() {
    Scenario run = run(
        4, Map.of(), new TraceBuilder("three").add(0, 0, 8, 1).add(1, 0, 12, 1).add(2, 0, 4, 1));
    assertEquals(List.of("0:8@0 2:4@0 free 1", "1:12@0 free 1"), run.steps);
  }

  /**
   * A shortage is met by the lowest rank, and who was robbed sits the step out: 3 pages, prompts of 4, 4
   * and 4. Request 0 wants a second page and takes that of 2; request 1 finds none, nobody is below it,
   * and it keeps its page until 0 has gone.
   */
  @Test
  void robsTheLowestRank() {
    Scenario run = run(
        3, Map.of(), new TraceBuilder("three").add(0, 0, 4, 2).add(1, 0, 4, 2).add(2, 0, 4, 2));
    assertEquals(
        List.of("0:4@0 1:4@0 2:4@0 free 0", "0:1@4 -2 free 0", "1:1@4 free 1", "2:5@0 free 1"),
        run.steps);
  }

  /**
   * A sequence that comes back outranks those that arrived later: 4 pages; 0 has 1, 1 has 2, 2 has 1.
   * Request 0 grows at the cost of 2, then 1 grows at nobody's cost, sits out, and 2 returns behind it.
   */
  @Test
  void returnsToItsRank() {
    Scenario run = run(
        4, Map.of(), new TraceBuilder("three").add(0, 0, 4, 2).add(1, 0, 8, 2).add(2, 0, 1, 2));
    assertEquals(
        List.of("0:4@0 1:8@0 2:1@0 free 0", "0:1@4 -2 free 0", "1:1@8 2:2@0 free 0"), run.steps);
  }

  /**
   * {@code max_forward_token_num}, the budget of {@code max_prefill_token_num} and a token per sequence,
   * splits prompts in rank order; all pages of a prompt are taken at once.
   */
  @Test
  void splitsThePromptWhereTheBudgetEnds() {
    Scenario run = run(
        4,
        Map.of("max-num-batched-tokens", "4", "max-num-seqs", "2"),
        new TraceBuilder("two").add(0, 0, 4, 1).add(1, 0, 10, 1));
    assertEquals(List.of("0:4@0 1:2@0 free 0", "1:6@2 free 1", "1:2@8 free 1"), run.steps);
  }

  /**
   * {@code max_context_token_num}: the contexts of prompts in one step are no more than the longest
   * sequence, 16 tokens, together; what decodes unpacks nothing. Of prompts of 12, 8 and 4 the second
   * waits, and in step 1 the others decode beside it.
   */
  @Test
  void unpacksNoMoreContextThanTheLongestSequence() {
    Scenario run = Scenario.run(
        "lmdeploy",
        new Pool(8, 4),
        16,
        Map.of("max-context-tokens", "16"),
        new TraceBuilder("three").add(0, 0, 12, 2).add(1, 0, 8, 1).add(2, 0, 4, 2));
    assertEquals(List.of("0:12@0 2:4@0 free 4", "0:1@12 1:8@0 2:1@4 free 0"), run.steps);
  }

  /**
   * {@code UpdateAndSetUnlock}, {@code Touch}, {@code Evict}, {@code VerifyAndLockCached}: 5 pages. In step
   * 1 request 0 needs a second page and robs 1, the lowest rank, of 4; its last page goes, since {@code
   * Touch} runs from the tail to the head, and 3 stay its own. In step 2 request 1 wants 1 more of none and
   * waits; once 0 has gone, it goes on with its thirteenth token. Nothing of the first 12 is computed again.
   */
  @Test
  void goesOnFromThePagesThatNobodyNeeded() {
    Scenario robbed = run(5, Map.of(), new TraceBuilder("two").add(0, 0, 4, 3).add(1, 0, 15, 2));
    assertEquals(
        List.of("0:4@0 1:15@0 free 0", "0:1@4 -1 free 3", "0:1@5 free 3", "1:4@12 free 1"),
        robbed.steps);
    // 5 tokens, 1 to come and 2 never filled in 2 pages; 3 pages kept, in no row; none empty.
    assertEquals(5, robbed.slots(1, Part.LIVE));
    assertEquals(1, robbed.slots(1, Part.RESERVED));
    assertEquals(2, robbed.slots(1, Part.INTERNAL));
    assertEquals(12, robbed.slots(1, Part.CACHED));
    assertEquals(12, robbed.slots(2, Part.CACHED));
    assertEquals(0, robbed.slots(2, Part.EXTERNAL));
  }

  /**
   * {@code CountRequiredBlocks}: who was robbed wants the missing pages only, and what it keeps is taken
   * by higher ranks alone. 5 pages; 0 has 1, 1 has 3, 2 has 1. In step 1 request 0 takes the page of 2. In
   * step 4 request 1 needs a fourth page and sits out. In step 5 request 0 needs a third one and takes the
   * last of 1, which keeps 2. In step 6 request 1 wants 2 and request 2 wants 1: the 2 free ones are those
   * that 1 keeps, so neither gets any.
   */
  @Test
  void aLowerRankTakesNothingOfAHigherOne() {
    Scenario run = run(
        5, Map.of(), new TraceBuilder("three").add(0, 0, 4, 7).add(1, 0, 9, 5).add(2, 0, 3, 2));
    assertEquals(
        List.of(
            "0:4@0 1:9@0 2:3@0 free 0",
            "0:1@4 1:1@9 -2 free 0",
            "0:1@5 1:1@10 free 0",
            "0:1@6 1:1@11 free 0",
            "0:1@7 free 0",
            "0:1@8 -1 free 2",
            "0:1@9 free 2",
            "1:5@8 2:4@0 free 0"),
        run.steps);
    assertEquals(8, run.slots(6, Part.CACHED));
  }

  /** What was robbed and not needed serves the next one in the same step, at nobody's further cost. */
  @Test
  void theRestOfWhatWasRobbedServesTheNextOne() {
    Scenario run = run(
        5, Map.of(), new TraceBuilder("three").add(0, 0, 4, 2).add(1, 0, 4, 2).add(2, 0, 11, 2));
    // 2 loses its third page to 0 and its second to 1; the first stays.
    assertEquals(
        List.of("0:4@0 1:4@0 2:11@0 free 0", "0:1@4 1:1@4 -2 free 1", "2:8@4 free 2"), run.steps);
  }

  private static TraceBuilder samePrompt() {
    TraceBuilder trace = new TraceBuilder("two");
    trace.add(0, 0, 9, 1).promptKey(7);
    trace.add(1, 500, 9, 1).promptKey(7);
    return trace;
  }

  /** {@code BlockTrie::Match}: full pages of a prompt computed before, none of the last token's. */
  @Test
  void sharesPromptsWithPrefixCachingOnly() {
    assertEquals(List.of("0:9@0 free 1", "1:9@0 free 1"), run(4, Map.of(), samePrompt()).steps);
    assertEquals(
        List.of("0:9@0 free 1", "1:1@8 free 1"),
        run(4, Map.of("prefix-cache", "on"), samePrompt()).steps);
  }

  /**
   * {@code CacheGeneration} and {@code Erase}: a finished sequence leaves its pages to be found, and they
   * are evicted, the tail first, when no empty one is left. 4 pages: request 0 leaves 3, of which 2 are full;
   * request 1 takes the empty one and the last two of those, request 2 finds the first.
   */
  @Test
  void evictsTheTailOfWhatFinishedFirst() {
    TraceBuilder trace = new TraceBuilder("three");
    trace.add(0, 0, 9, 1).promptKey(7);
    trace.add(1, 1500, 12, 1).promptKey(8);
    trace.add(2, 3500, 9, 1).promptKey(7);
    Scenario run = run(4, Map.of("prefix-cache", "on"), trace);
    assertEquals(List.of("0:9@0 free 1", "1:12@0 free 1", "2:5@4 free 1"), run.steps);
    assertEquals(4, run.slots(1, Part.CACHED));
  }

  /** {@code max_batch_size} slots are taken in order of arrival, whether one has pages or not. */
  @Test
  void slotsGoByArrival() {
    Scenario run = run(
        4,
        Map.of("max-num-seqs", "2"),
        new TraceBuilder("three").add(0, 0, 8, 1).add(1, 0, 12, 1).add(2, 0, 4, 1));
    assertEquals(List.of("0:8@0 free 2", "1:12@0 2:4@0 free 0"), run.steps);
  }
}
