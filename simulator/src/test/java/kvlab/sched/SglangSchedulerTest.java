package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Scenarios worked by hand from SGLang's {@code schedule_policy.py} and {@code schedule_batch.py}. */
final class SglangSchedulerTest {
  private static SglangScheduler scheduler(Steps steps, int chunk, double conservativeness) {
    return new SglangScheduler(
        new SglangScheduler.Settings(16, chunk, conservativeness, SglangQueue.Order.FCFS),
        steps.pool,
        steps.requests,
        steps.allocator);
  }

  /**
   * {@code PrefillAdder.add_one_req}: to compute + max new + page &lt; free - reserved, where those admitted
   * in the same step reserve all they declared; then {@code batch_is_full} until somebody leaves.
   */
  @Test
  void admitsWhileTheDeclaredOutputsFit() {
    Steps steps = new Steps(100);
    SglangScheduler scheduler = scheduler(steps, 8192, 1);
    steps.arrive(scheduler, 20, 50, 1); // 20 + 50 + 1 = 71 < 100
    steps.arrive(scheduler, 10, 15, 2); // 10 + 15 + 1 = 26 < 80 - 50
    steps.arrive(scheduler, 1, 4, 3); //    1 + 4 + 1 = 6 >= 70 - 65
    assertEquals("0:20 1:10", steps.run(scheduler));
    assertEquals(
        72, scheduler.decisions().refusedPages()); // more than 65 + 6 and than the 70 there are
    // Two declared tokens less are reserved by now, yet the server counts as full.
    assertEquals("0:1 1:1", steps.run(scheduler));
    assertEquals(1, scheduler.waiting());
    steps.finish(scheduler, 1);
    assertEquals(11, steps.allocator.cachedPages());
    // 1 + 4 + 1 + 48 x 0.699 = 39.6 < 79: prompts come before decodes.
    assertEquals("2:1", steps.run(scheduler));
    assertEquals("0:1 2:1", steps.run(scheduler));
  }

  /** {@code scheduler.py}: (0.7 - 0.098) / 600 less with each decode, 0.098 at the least, 0.7 when idle. */
  @Test
  void theRatioFallsWithEachDecodeAndStartsAgainWhenIdle() {
    Steps steps = new Steps(2000);
    SglangScheduler scheduler = scheduler(steps, 8192, 1);
    int request = steps.arrive(scheduler, 1, 1000, 1);
    steps.run(scheduler);
    assertEquals(0.7, scheduler.newTokenRatio());
    steps.run(scheduler, 300);
    assertEquals(0.399, scheduler.newTokenRatio(), 1e-9); // 0.7 - 0.301
    steps.run(scheduler, 400);
    assertEquals(0.098, scheduler.newTokenRatio(), 1e-12);
    steps.finish(scheduler, request);
    steps.arrive(scheduler, 1, 10, 2);
    assertEquals(0.7, scheduler.newTokenRatio());
  }

  /** Running requests reserve a share of what they declared, at most of 4,096 tokens. */
  @Test
  void reservesAShareOfWhatRunningRequestsDeclared() {
    Steps steps = new Steps(5000);
    SglangScheduler scheduler = scheduler(steps, 8192, 1);
    steps.arrive(scheduler, 10, 100_000, 1); // 10 + 4096 + 1 < 5000
    steps.run(scheduler);
    steps.arrive(scheduler, 1000, 1122, 2);
    // 1000 + 1122 + 1 + 0.7 x 4096 = 4990.2 >= 4990: refused by a token.
    assertEquals("0:1", steps.run(scheduler));
    steps = new Steps(5000);
    scheduler = scheduler(steps, 8192, 1);
    steps.arrive(scheduler, 10, 100_000, 1);
    steps.run(scheduler);
    steps.arrive(scheduler, 1000, 1121, 2); // 4989.2 < 4990
    assertEquals("1:1000", steps.run(scheduler));
  }

  /** {@code add_chunked_req}: a long prompt runs in consecutive steps; others join its last chunk. */
  @Test
  void nobodyDecodesWhileAPromptIsComputedInChunks() {
    Steps steps = new Steps(200);
    SglangScheduler scheduler = scheduler(steps, 8, 1);
    steps.arrive(scheduler, 4, 50, 1);
    assertEquals("0:4", steps.run(scheduler));
    steps.arrive(scheduler, 20, 10, 2);
    steps.arrive(scheduler, 3, 10, 3);
    steps.arrive(scheduler, 3, 10, 4);
    assertEquals("1:8", steps.run(scheduler));
    assertEquals("1:8", steps.run(scheduler));
    assertEquals("1:4 2:3 3:1", steps.run(scheduler));
    assertEquals("3:2", steps.run(scheduler));
    assertEquals("0:1 1:1 2:1 3:1", steps.run(scheduler));
  }

  /** {@code cache_unfinished_req}: a prompt is shared as soon as it is computed, all but its last token. */
  @Test
  void sharesThePromptOfARunningRequest() {
    Steps steps = new Steps(200);
    SglangScheduler scheduler = scheduler(steps, 8192, 1);
    steps.arrive(scheduler, 20, 10, 1);
    assertEquals("0:20", steps.run(scheduler));
    steps.arrive(scheduler, 20, 10, 1);
    assertEquals("1:1", steps.run(scheduler));
    assertEquals(19, scheduler.decisions().cachedTokens().get(0));
    steps.run(scheduler);
    // 20 prompt tokens once, one generated token each: the 21st slot of request 1's prompt went
    // back.
    assertEquals(200 - 22, steps.allocator.freePages());
  }

  /**
   * Vector V9: of (generated, prompt) = (90, 50), (5, 100), (5, 400) in 649 slots, 139 + 104 + 404 are held
   * and three more do not fit. (5, 400) is retracted: its 4 generated tokens are free, its prompt is
   * evicted for 2 x 20 tokens of room. Next would be (5, 100). The new ratio is what the two that stay have
   * generated, and 20 each, over what they declared: (95 + 40) / (506 + 1).
   */
  @Test
  void retractsTheFewestGeneratedAndOfTheseTheLongestPrompt() {
    Steps steps = new Steps(649);
    SglangScheduler scheduler = scheduler(steps, 8192, 0);
    steps.arrive(scheduler, 50, 500, 1);
    steps.run(scheduler, 86); // 1 + 85 generated
    steps.arrive(scheduler, 100, 6, 2); // 100 + 6 + 1 < 649 - 135 = 514
    steps.arrive(scheduler, 400, 6, 3); // 400 + 6 + 1 + 6 < 414
    assertEquals("1:100 2:400", steps.run(scheduler));
    steps.run(scheduler, 4);
    assertEquals(2, steps.allocator.freePages());
    assertEquals(2, scheduler.victimIndex());
    assertEquals("0:1 1:1", steps.run(scheduler));
    assertEquals(1, scheduler.decisions().preempted().size());
    assertEquals(2, scheduler.decisions().preempted().get(0));
    assertEquals(404, scheduler.decisions().lostTokens().get(0));
    assertEquals(0, steps.allocator.cachedPages());
    assertEquals(649 - 140 - 105, steps.allocator.freePages());
    assertEquals(135.0 / 507, scheduler.newTokenRatio());
    assertEquals(1, scheduler.victimIndex());
    // It has declared one more token: 405 + 1 + 1 + 0.266 x (409 + 0) = 515.9 >= 404.
    assertEquals("0:1 1:1", steps.run(scheduler));
    assertEquals(1, scheduler.waiting());
  }

  /** What is retracted goes behind those that wait ({@code _add_request_to_queue}). */
  @Test
  void aRetractedRequestGoesToTheEndOfTheQueue() {
    Steps steps = new Steps(24);
    SglangScheduler scheduler = scheduler(steps, 8192, 0);
    steps.arrive(scheduler, 8, 8, 1); // 8 + 8 + 1 < 24
    steps.run(scheduler);
    steps.arrive(scheduler, 7, 8, 2); // 7 + 8 + 1 >= 16
    steps.arrive(scheduler, 6, 7, 3);
    assertEquals("0:1", steps.run(scheduler), "the head holds the line");
    steps.finish(scheduler, 0);
    assertEquals("1:7", steps.run(scheduler));
    // 24 - 7 = 17 free, 6 + 7 + 1 + 0 < 17, but the server was full since request 2 was refused.
    assertEquals("1:1", steps.run(scheduler));
    int late = steps.arrive(scheduler, 1, 1, 4);
    assertEquals(2, scheduler.waiting());
    steps.finish(scheduler, 1);
    assertEquals("2:6 " + late + ":1", steps.run(scheduler));
  }
}
