package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * TurboMind's {@code SequenceManager::Materialize} worked by hand from {@code
 * src/turbomind/models/llama/SequenceManager.cc}; {@code kv-systems.md}, section 3.2.8.
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

  /** The budget splits prompts in rank order; all pages of a prompt are taken at once. */
  @Test
  void splitsThePromptWhereTheBudgetEnds() {
    Scenario run = run(
        4,
        Map.of("max-num-batched-tokens", "6"),
        new TraceBuilder("two").add(0, 0, 4, 1).add(1, 0, 10, 1));
    assertEquals(List.of("0:4@0 1:2@0 free 0", "1:6@2 free 1", "1:2@8 free 1"), run.steps);
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
