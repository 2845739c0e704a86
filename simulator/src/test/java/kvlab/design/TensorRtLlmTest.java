package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.workload.InputException;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * TensorRT-LLM's capacity policies worked by hand from {@code capacityScheduler.cpp} (02a10fe); {@code
 * kv-systems.md}, section 3.2.4.
 */
final class TensorRtLlmTest {
  private static final String NO_EVICT = "tensorrt-llm-no-evict";
  private static final String MAX_UTILIZATION = "tensorrt-llm-max-utilization";
  private static final Map<String, String> NO_REUSE = Map.of("block-reuse", "off");

  private static Map<String, String> limit(int maxNewTokens) {
    return Map.of("block-reuse", "off", "max-new-tokens", Integer.toString(maxNewTokens));
  }

  /**
   * {@code GuaranteedNoEvictScheduler::impl}: 4 pages of 4, limit 8. A prompt of 4 claims 12 tokens, 3
   * pages; it holds 1, so 2 of the 3 free pages are promised and 1 is available. The second one wants 3
   * of that 1 and waits until the first has gone.
   */
  @Test
  void admitsWhatFitsToCompletionOnly() {
    Scenario run = Scenario.run(
        NO_EVICT,
        new Pool(4, 4),
        16,
        limit(8),
        new TraceBuilder("two").add(0, 0, 4, 3).add(1, 0, 4, 1));
    assertEquals(
        List.of("0:4@0 free 3", "0:1@4 free 2", "0:1@5 free 2", "1:4@0 free 3"), run.steps);
    // F = 4 + 3 - 1 = 6; one page held, full; 2 promised pages withheld; 1 page too few for the
    // head.
    assertEquals(4, run.slots(0, Part.LIVE));
    assertEquals(8, run.slots(0, Part.WITHHELD));
    assertEquals(4, run.slots(0, Part.SHORT));
    // Two pages held: 5 tokens live, 1 to come, 2 never filled; 1 page still promised.
    assertEquals(5, run.slots(1, Part.LIVE));
    assertEquals(1, run.slots(1, Part.RESERVED));
    assertEquals(2, run.slots(1, Part.INTERNAL));
    assertEquals(4, run.slots(1, Part.WITHHELD));
    assertEquals(4, run.slots(1, Part.SHORT));
  }

  /** The same with a limit of 4: claims of 8 tokens, 2 pages each, fit together and never run out. */
  @Test
  void aSmallerLimitAdmitsMoreAndNothingIsEverTakenBack() {
    Scenario run = Scenario.run(
        NO_EVICT,
        new Pool(4, 4),
        16,
        limit(4),
        new TraceBuilder("two").add(0, 0, 4, 4).add(1, 0, 4, 4));
    assertEquals(
        List.of(
            "0:4@0 1:4@0 free 2", "0:1@4 1:1@4 free 0", "0:1@5 1:1@5 free 0", "0:1@6 1:1@6 free 0"),
        run.steps);
    assertEquals(8, run.slots(0, Part.WITHHELD));
    assertEquals(0, run.slots(1, Part.WITHHELD));
  }

  /** {@code "If one requests fails to be scheduled, break"}: nobody overtakes the head. */
  @Test
  void stopsAtTheFirstThatDoesNotFit() {
    Scenario run = Scenario.run(
        NO_EVICT,
        new Pool(4, 4),
        16,
        limit(4),
        new TraceBuilder("three").add(0, 0, 8, 1).add(1, 0, 8, 1).add(2, 0, 1, 1));
    // 0 claims 12 tokens, 3 pages, of 4; 1 claims 3 of the 1 left; 2 would claim 2.
    assertEquals(List.of("0:8@0 free 2", "1:8@0 free 2", "2:1@0 free 3"), run.steps);
  }

  /** A real server would stop request 1 at its limit; the door says so instead. */
  @Test
  void turnsAwayWhatIsLongerThanItDeclares() {
    Scenario run = Scenario.run(
        NO_EVICT,
        new Pool(4, 4),
        16,
        limit(2),
        new TraceBuilder("three").add(0, 0, 4, 2).add(1, 0, 4, 3).add(2, 0, 15, 1));
    assertEquals(List.of("1 OVER_OUTPUT_LIMIT"), run.rejected);
  }

  /** By default only the longest sequence limits: of 4 pages, a claim of 16 tokens takes all. */
  @Test
  void withoutALimitOneSequenceClaimsTheLongest() {
    Scenario run = Scenario.run(
        NO_EVICT,
        new Pool(4, 4),
        16,
        NO_REUSE,
        new TraceBuilder("two").add(0, 0, 1, 1).add(1, 0, 1, 1));
    assertEquals(List.of("0:1@0 free 3", "1:1@0 free 3"), run.steps);
    assertEquals(12, run.slots(0, Part.WITHHELD));
  }

  /**
   * {@code MaxUtilizationScheduler}: 3 pages of 4. Prompts of 4 and 4 take a page each; in step 1 request
   * 0 takes the last free page and request 1, the last started, finds none and is paused. It resumes
   * with 5 known tokens, 2 pages, once request 0 has gone.
   */
  @Test
  void pausesTheRequestStartedLast() {
    Scenario run = Scenario.run(
        MAX_UTILIZATION,
        new Pool(3, 4),
        12,
        NO_REUSE,
        new TraceBuilder("two").add(0, 0, 4, 3).add(1, 0, 4, 2));
    assertEquals(
        List.of("0:4@0 1:4@0 free 1", "0:1@4 -1 free 1", "0:1@5 free 1", "1:5@0 free 1"),
        run.steps);
    assertEquals(4, run.slots(2, Part.SHORT)); // 1 free, 2 wanted
  }

  /** The same on 2 pages: request 0 itself pauses request 1 and takes its page. */
  @Test
  void takesThePagesOfTheRequestStartedLast() {
    Scenario run = Scenario.run(
        MAX_UTILIZATION,
        new Pool(2, 4),
        8,
        NO_REUSE,
        new TraceBuilder("two").add(0, 0, 4, 2).add(1, 0, 4, 2));
    assertEquals(List.of("0:4@0 1:4@0 free 0", "0:1@4 -1 free 0", "1:5@0 free 0"), run.steps);
  }

  /** Admission takes the pages of the known tokens only: what no-evict refuses runs at once. */
  @Test
  void needsPagesForTheNextStepOnly() {
    Scenario run = Scenario.run(
        MAX_UTILIZATION,
        new Pool(4, 4),
        16,
        NO_REUSE,
        new TraceBuilder("two").add(0, 0, 4, 3).add(1, 0, 4, 1));
    assertEquals(List.of("0:4@0 1:4@0 free 2", "0:1@4 free 2", "0:1@5 free 2"), run.steps);
  }

  /**
   * Chunked context: a prompt of 11 over steps of 6 tokens in chunks that are multiples of a page: 4,
   * 4 and the remaining 3. Its 3 pages are taken at once.
   */
  @Test
  void chunksAreWholePages() {
    Scenario run = Scenario.run(
        MAX_UTILIZATION,
        new Pool(4, 4),
        16,
        Map.of("block-reuse", "off", "chunked-context", "6"),
        new TraceBuilder("two").add(0, 0, 11, 2).add(1, 0, 1, 1));
    assertEquals(
        List.of("0:4@0 free 1", "0:4@4 free 1", "0:3@8 1:1@0 free 0", "0:1@11 free 1"), run.steps);
  }

  private static TraceBuilder samePrompt(long secondArrivesNanos) {
    TraceBuilder trace = new TraceBuilder("two");
    trace.add(0, 0, 8, 3).promptKey(7);
    trace.add(1, secondArrivesNanos, 9, 1).promptKey(7);
    return trace;
  }

  /**
   * Block reuse: request 0 leaves its 10 tokens, 2 full pages of 4 and one that is not; request 1 shares
   * the 2 and computes the ninth token in a new page.
   */
  @Test
  void sharesWhatAFinishedRequestLeft() {
    Scenario run =
        Scenario.run(NO_EVICT, new Pool(5, 4), 20, Map.of("max-new-tokens", "4"), samePrompt(5000));
    assertEquals(
        List.of("0:8@0 free 3", "0:1@8 free 2", "0:1@9 free 2", "1:1@8 free 2"), run.steps);
  }

  /**
   * {@code getRemainingBlocksToCompletion}: a cached prefix does not shrink the claim. In step 1 request 1
   * claims 9 + 4 tokens, 4 pages, of the 2 free ones, although it would take 2.
   */
  @Test
  void aCachedPrefixCountsTowardsTheClaim() {
    Scenario run =
        Scenario.run(NO_EVICT, new Pool(5, 4), 20, Map.of("max-new-tokens", "4"), samePrompt(500));
    assertEquals(
        List.of("0:8@0 free 3", "0:1@8 free 2", "0:1@9 free 2", "1:1@8 free 2"), run.steps);
  }

  /** The same needs one page under {@code MAX_UTILIZATION} and starts at once, in shared pages. */
  @Test
  void aSharedPrefixTakesNoPages() {
    Scenario run = Scenario.run(MAX_UTILIZATION, new Pool(5, 4), 20, Map.of(), samePrompt(500));
    assertEquals(List.of("0:8@0 free 3", "0:1@8 1:1@8 free 1", "0:1@9 free 2"), run.steps);
    // 9 + 9 tokens, the 8 shared ones counted once.
    assertEquals(10, run.slots(1, Part.LIVE));
  }

  /**
   * {@code enable_partial_reuse}: in step 1 request 1 finds 7 of its 8 tokens; the page with the last 3 is
   * held by request 0, so these are copied, which the step pays for.
   */
  @Test
  void theStepPaysForTokensCopiedFromAPageInUse() {
    TraceBuilder trace = new TraceBuilder("two");
    trace.add(0, 0, 8, 2).promptKey(7);
    trace.add(1, 50, 8, 1).promptKey(7);
    List<String> steps = Steps.of(MAX_UTILIZATION, new Pool(8, 4), 32, Map.of(), trace);
    // Live: 9 tokens of request 0, and of request 1 the 4 that it does not share.
    assertEquals("0:1 1:1; live 13, internal 3, idle 16; copies 3", steps.get(1));
  }

  /**
   * {@code LlmRequest::setPrepopulatedPromptLen}: after 7 tokens that are there, chunks end with a page. 0
   * leaves 7 tokens, and of the 20 of request 1 the steps of 6 compute 1, 4, 4 and the last 4.
   */
  @Test
  void chunksEndWithAPageAfterAPartialHit() {
    TraceBuilder trace = new TraceBuilder("two");
    trace.add(0, 0, 7, 1).promptKey(7);
    trace.add(1, 2500, 20, 1).promptKey(7);
    Scenario run =
        Scenario.run(MAX_UTILIZATION, new Pool(8, 4), 32, Map.of("chunked-context", "6"), trace);
    assertEquals(
        List.of(
            "0:4@0 free 6",
            "0:3@4 free 6",
            "1:1@7 free 3",
            "1:4@8 free 3",
            "1:4@12 free 3",
            "1:4@16 free 3"),
        run.steps);
  }

  /** The same with 1 token left of a step after the 5 of request 1: request 2, of which 7 are there, waits. */
  @Test
  void aPartialHitWaitsForAStepThatEndsAPage() {
    TraceBuilder trace = new TraceBuilder("three");
    trace.add(0, 0, 7, 1).promptKey(7);
    trace.add(1, 2500, 5, 1).promptKey(8);
    trace.add(2, 2500, 9, 1).promptKey(7);
    Scenario run =
        Scenario.run(MAX_UTILIZATION, new Pool(8, 4), 32, Map.of("chunked-context", "6"), trace);
    assertEquals(
        List.of("0:4@0 free 6", "0:3@4 free 6", "1:5@0 free 6", "2:2@7 free 5"), run.steps);
  }

  /** Retention priorities go from 0 to 100. */
  @Test
  void refusesAPriorityOver100() {
    TraceBuilder trace = new TraceBuilder("one").add(0, 0, 4, 1);
    Map<String, String> options = Map.of("retention-priority", "101");
    assertThrows(
        InputException.class, () -> Scenario.run(NO_EVICT, new Pool(4, 4), 16, options, trace));
  }

  /** V9: P = 161 and O = 338 hold 6 pages of 32 at first and ceil((161 + 338 - 1) / 32) = 16 at last. */
  @Test
  void holdsThePagesOfTheUnitVectors() {
    Scenario run = Scenario.run(
        NO_EVICT, new Pool(64, 32), 2048, Map.of(), new TraceBuilder("one").add(0, 0, 161, 338));
    assertEquals("0:161@0 free 58", run.steps.get(0));
    assertEquals("0:1@191 free 58", run.steps.get(31));
    assertEquals("0:1@192 free 57", run.steps.get(32)); // token 193 takes the seventh page
    assertEquals(338, run.steps.size());
    assertEquals("0:1@497 free 48", run.steps.get(337));
    // The claim is the longest sequence: 64 pages, of which 58 are promised and not taken.
    assertEquals(58L * 32, run.slots(0, Part.WITHHELD));
  }

  /** A chunk is at least a page. */
  @Test
  void refusesAChunkThatIsLessThanAPage() {
    TraceBuilder trace = new TraceBuilder("one").add(0, 0, 4, 1);
    assertThrows(
        InputException.class,
        () -> Scenario.run(NO_EVICT, new Pool(4, 4), 16, Map.of("chunked-context", "3"), trace));
  }
}
