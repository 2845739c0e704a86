package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.SparePageAllocator;
import kvlab.metrics.Part;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * HF Transformers' continuous batching worked by hand from {@code
 * generation/continuous_batching/{scheduler,offloading_manager}.py}; {@code kv-systems.md}, 3.2.5.
 */
final class HfContinuousTest {
  private static Scenario run(int pages, Map<String, String> options, TraceBuilder trace) {
    return Scenario.run("hf-continuous", new Pool(pages, 4), 4 * pages, options, trace);
  }

  /** {@code _allocate_blocks_if_needed}: ((need - occupancy + 1) // block_size) + 1. */
  @Test
  void takesUpToOnePageMoreThanNeeded() {
    PageTable table = new PageTable(new Pool(20, 256), 4);
    SparePageAllocator allocator = new SparePageAllocator(table, 0.2, Optional.empty());
    assertTrue(allocator.admit(0, 0, 254, 254, 0));
    assertEquals(1, table.pages(0)); // 255 // 256 + 1
    assertTrue(allocator.admit(1, 1, 255, 255, 0));
    assertEquals(2, table.pages(1)); // 256 // 256 + 1
    assertTrue(allocator.grow(0, 257));
    assertEquals(2, table.pages(0)); // 2 // 256 + 1 = 1 more
    assertEquals(4, allocator.marginPages()); // 0.2 * 20
    assertEquals(20 * 256 - 2, allocator.largestSequenceTokens());
    assertFalse(allocator.admit(2, 2, 16 * 256, 16 * 256, 0)); // 17 of the 16 left
    assertEquals(16, allocator.freePages());
  }

  /**
   * The margin of 20% of 10 pages is 2: prompts of 2 take 1 page each, and the tenth is suspended when 1
   * is left, that is after 9; the decodes go on.
   */
  @Test
  void suspendsPromptsUnderTheMargin() {
    TraceBuilder trace = new TraceBuilder("eleven");
    for (int i = 0; i < 11; i++) {
      trace.add(i, 0, 2, 1);
    }
    Scenario run = run(10, Map.of(), trace);
    assertEquals(2, run.steps.size());
    assertTrue(run.steps.get(0).endsWith("8:2@0 free 1"), run.steps.get(0));
    assertEquals("9:2@0 10:2@0 free 8", run.steps.get(1));
    assertEquals(4, run.slots(0, Part.WITHHELD)); // the page left, of a margin of two
    assertEquals(8, run.slots(1, Part.WITHHELD));
  }

  /** An empty batch takes a prompt whatever is free: 5 pages, margin 0.9, one prompt at a time. */
  @Test
  void anEmptyBatchIgnoresTheMargin() {
    Scenario run = run(
        5,
        Map.of("safety-margin", "0.9"),
        new TraceBuilder("two").add(0, 0, 2, 1).add(1, 0, 2, 1));
    assertEquals(List.of("0:2@0 free 4", "1:2@0 free 4"), run.steps);
  }

  /** Decodes come before prompts, and a prompt is split where the budget of 4 ends. */
  @Test
  void decodesFirst() {
    Scenario run = run(
        10,
        Map.of("max-num-batched-tokens", "4"),
        new TraceBuilder("two").add(0, 0, 2, 3).add(1, 0, 7, 1));
    assertEquals(
        List.of("0:2@0 1:2@0 free 8", "0:1@2 1:3@2 free 7", "0:1@3 1:2@5 free 7"), run.steps);
  }

  /**
   * {@code offload_one_request}: 4 pages without a margin, prompts of 6, 7 // 4 + 1 = 2 pages each, and
   * growth at 8 tokens wants 2 // 4 + 1 = 1 of none. Nobody can go on, so the one active for longest,
   * 0, is reset and the queue is blocked until 1 has finished; then 0 computes its 6 prompt tokens and
   * the 3 it generated again, 10 // 4 + 1 = 3 pages.
   */
  @Test
  void resetsTheOldestWhenNobodyCanGoOn() {
    Scenario run = run(
        4,
        Map.of("safety-margin", "0", "block-sharing", "off"),
        new TraceBuilder("two").add(0, 0, 6, 4).add(1, 0, 6, 5));
    assertEquals(
        List.of(
            "0:6@0 1:6@0 free 0",
            "0:1@6 1:1@6 free 0",
            "0:1@7 1:1@7 free 0",
            "1:1@8 -0 free 1",
            "1:1@9 free 1",
            "0:9@0 free 1"),
        run.steps);
  }

  /**
   * The same with sharing: of the two full pages that 0 leaves, 1 takes the one let go last, the second.
   * The first is still there when 0 comes back: it computes 5 of 9, 6 // 4 + 1 = 2 pages.
   */
  @Test
  void findsWhatItLeftAfterAReset() {
    Scenario run = run(
        4, Map.of("safety-margin", "0"), new TraceBuilder("two").add(0, 0, 6, 4).add(1, 0, 6, 5));
    assertEquals(
        List.of("1:1@8 -0 free 1", "1:1@9 free 1", "0:5@4 free 1"), run.steps.subList(3, 6));
  }

  /**
   * Pages of 4: a prompt of 8 takes 9 // 4 + 1 = 3, of which 2 are full and shared from the next step on.
   * Whoever finds its prompt there whole computes its last token again, in the page it shares.
   */
  @Test
  void sharesFullPagesOnceTheyAreComputed() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 8, 3).promptKey(1);
    trace.add(1, 1, 8, 1).promptKey(1);
    Scenario run = run(20, Map.of(), trace);
    assertEquals(List.of("0:8@0 free 17", "0:1@8 1:1@7 free 17", "0:1@9 free 17"), run.steps);
    assertEquals(9, run.slots(1, Part.LIVE));
    trace = new TraceBuilder("two").add(0, 0, 8, 3).promptKey(1);
    trace.add(1, 1, 8, 1).promptKey(1);
    Scenario alone = run(20, Map.of("block-sharing", "off"), trace);
    assertEquals("0:1@8 1:8@0 free 14", alone.steps.get(1));
  }

  /** {@code mark_shareable_blocks_as_complete}: the later of two equal pages is given back. */
  @Test
  void mergesPagesThatTurnOutEqual() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 8, 2).promptKey(1);
    trace.add(1, 0, 8, 2).promptKey(1);
    Scenario run = run(20, Map.of(), trace);
    assertEquals(List.of("0:8@0 1:8@0 free 14", "0:1@8 1:1@8 free 16"), run.steps);
    assertEquals(8 + 2, run.slots(1, Part.LIVE));
  }

  /** A finished request is passed over when its last step's pages are marked, so nothing of 0 is kept. */
  @Test
  void forgetsWhatTheLastStepOfARequestCompletes() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 8, 1).promptKey(1);
    trace.add(1, 1, 8, 2).promptKey(1);
    trace.add(2, 2001, 8, 1).promptKey(1);
    Scenario run = run(20, Map.of(), trace);
    assertEquals(
        List.of("0:8@0 free 17", "1:8@0 free 17", "1:1@8 free 17", "2:1@7 free 18"), run.steps);
  }

  /**
   * 6 pages; 0 and 1 leave 2 full pages each, in this order. 2 needs 12 // 4 + 1 = 4 pages and finds 2
   * empty: both of 1 are forgotten, the last let go first, and 3, which has the prompt of 1, finds none;
   * 4, with that of 0, finds all.
   */
  @Test
  void forgetsFirstWhatWasLetGoLast() {
    TraceBuilder trace = new TraceBuilder("five").add(0, 0, 8, 2).promptKey(1);
    trace.add(1, 2000, 8, 2).promptKey(2);
    trace.add(2, 4000, 11, 1).promptKey(3);
    trace.add(3, 5000, 8, 1).promptKey(2);
    trace.add(4, 6000, 8, 1).promptKey(1);
    Scenario run = run(6, Map.of("safety-margin", "0"), trace);
    assertEquals(
        List.of(
            "0:8@0 free 3",
            "0:1@8 free 3",
            "1:8@0 free 3",
            "1:1@8 free 3",
            "2:11@0 free 2",
            "3:8@0 free 3",
            "4:1@7 free 4"),
        run.steps);
    assertEquals(4 * 4, run.slots(3, Part.CACHED) + 8, "1 still holds its two");
    assertEquals(2 * 4, run.slots(4, Part.CACHED));
  }

  /**
   * 5 pages: 0 holds 3. 1 shares 2 of them and needs 10 // 4 + 1 = 3 for the other 9 tokens of 17, where 2
   * are free; it is active all the same, and 2 behind it gets its page, 3 // 4 + 1 = 1. With 0 and 2 gone
   * it goes on.
   */
  @Test
  void isActiveWithThePrefixAlone() {
    TraceBuilder trace = new TraceBuilder("three").add(0, 0, 8, 2).promptKey(1);
    trace.add(1, 1, 17, 1).promptKey(1);
    trace.add(2, 1, 2, 1).promptKey(2);
    Scenario run = run(5, Map.of("safety-margin", "0"), trace);
    assertEquals(List.of("0:8@0 free 2", "0:1@8 2:2@0 free 1", "1:9@8 free 0"), run.steps);
    assertEquals(8 + 1 + 2, run.slots(1, Part.LIVE));
  }

  /** While the queue is blocked the newest is reset: first 0, then 2, and 1 goes on alone. */
  @Test
  void resetsTheNewestWhileTheQueueIsBlocked() {
    // 3 pages of 4; prompts of 2 take 1 page each: 3 // 4 + 1. At 4 tokens each wants one more: 0
    // is
    // reset and 1 takes its page, 2 sits out until the pages of 1 are full at 8 tokens; then 1 and
    // 2
    // find none, the queue is blocked, and 2 is reset.
    Scenario run = run(
        3,
        Map.of("safety-margin", "0"),
        new TraceBuilder("three").add(0, 0, 2, 4).add(1, 0, 2, 8).add(2, 0, 2, 4));
    assertEquals(
        List.of(
            "0:2@0 1:2@0 2:2@0 free 0",
            "0:1@2 1:1@2 2:1@2 free 0",
            "0:1@3 1:1@3 2:1@3 free 0",
            "1:1@4 -0 free 0",
            "1:1@5 free 0",
            "1:1@6 free 0",
            "1:1@7 free 0",
            "1:1@8 -2 free 0",
            "0:5@0 free 1",
            "2:5@0 free 1"),
        run.steps);
  }
}
