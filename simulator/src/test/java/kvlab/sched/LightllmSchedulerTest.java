package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Scenarios worked by hand from LightLLM's {@code req_queue/chunked_prefill/impl.py}. */
final class LightllmSchedulerTest {
  private static LightllmScheduler scheduler(Steps steps, int chunk, double relaxedBelow) {
    return new LightllmScheduler(
        new LightllmScheduler.Settings(16, chunk, relaxedBelow),
        steps.pool,
        steps.requests,
        steps.allocator);
  }

  /** {@code _can_add_new_req}: the peak with the candidate has to stay below the pool. */
  @Test
  void admitsWhileThePredictedPeakFits() {
    Steps steps = new Steps(100);
    LightllmScheduler scheduler = scheduler(steps, 4096, 0);
    steps.arrive(scheduler, 20, 30, 1); // (21, 30): 51
    steps.arrive(scheduler, 30, 10, 2); // (31, 10): 10 x 2 + 52 = 72
    steps.arrive(scheduler, 20, 5, 3); //  (21, 5):   5 x 3 + 73 = 88
    steps.arrive(scheduler, 10, 2, 4); //  (11, 2):   2 x 4 + 84 = 92
    steps.arrive(scheduler, 5, 1, 5); //   (6, 1):    1 x 5 + 90 = 95
    steps.arrive(scheduler, 10, 1, 6); //  (11, 1):   1 x 6 + 101 = 107, though the prompts make 95
    assertEquals("0:20 1:30 2:20 3:10 4:5", steps.run(scheduler));
    assertEquals(1, scheduler.waiting());
    assertEquals(
        107 - 85 + 1, scheduler.decisions().refusedPages()); // more than the 15 that are free
    // Request 4 has its one token and leaves: (22, 29) (32, 9) (22, 4) (12, 1), and (11, 1) again:
    // the peak is the last, 1 x 5 + 99 = 104; without request 2 it is 1 x 4 + 77 and 9 x 2 + 54.
    steps.finish(scheduler, 4);
    assertEquals("0:1 1:1 2:1 3:1", steps.run(scheduler));
    assertEquals(1, scheduler.waiting());
    steps.finish(scheduler, 2);
    assertEquals("0:1 1:1 3:1 5:10", steps.run(scheduler));
  }

  /** {@code get_tuple_tokens}: while little is held, at most 1,024 new tokens are expected. */
  @Test
  void expectsLessThanDeclaredWhileThePoolIsEmpty() {
    for (boolean relaxed : new boolean[] {false, true}) {
      Steps steps = new Steps(3000);
      LightllmScheduler scheduler = scheduler(steps, 4096, relaxed ? 0.5 : 0);
      steps.arrive(scheduler, 100, 1500, 1); // (101, 1500): 1601
      steps.arrive(scheduler, 100, 1500, 2); // 1500 x 2 + 202 = 3202; relaxed 1024 x 2 + 202 = 2250
      assertEquals(relaxed ? "0:100 1:100" : "0:100", steps.run(scheduler));
    }
  }

  /** Decodes and chunks go on side by side, in the order of admission. */
  @Test
  void computesPromptsInChunksBesideDecodes() {
    Steps steps = new Steps(200);
    LightllmScheduler scheduler = scheduler(steps, 8, 0);
    steps.arrive(scheduler, 4, 50, 1);
    steps.arrive(scheduler, 20, 10, 2);
    steps.arrive(scheduler, 3, 10, 3);
    assertEquals("0:4 1:4", steps.run(scheduler));
    assertEquals("0:1 1:8", steps.run(scheduler));
    assertEquals("0:1 1:8", steps.run(scheduler));
    assertEquals("0:1 1:1 2:3", steps.run(scheduler)); // 4 + 8 + 8 were all of prompt 1
  }

  /** What has finished is found again; the tree's prefix is not shared before that. */
  @Test
  void sharesWhatHasFinished() {
    Steps steps = new Steps(200);
    LightllmScheduler scheduler = scheduler(steps, 4096, 0);
    steps.arrive(scheduler, 20, 10, 1);
    steps.arrive(scheduler, 20, 10, 1);
    assertEquals("0:20 1:20", steps.run(scheduler));
    steps.run(scheduler);
    steps.finish(scheduler, 0);
    assertEquals(21, steps.allocator.cachedPages());
    steps.finish(scheduler, 1);
    assertEquals(22, steps.allocator.cachedPages()); // the prompt once, a generated token each
    steps.arrive(scheduler, 20, 10, 1);
    assertEquals("2:1", steps.run(scheduler));
    assertEquals(19, scheduler.decisions().cachedTokens().get(0));
  }

  /**
   * Two prompts of 10 in 2,100 slots, outputs predicted at 1,024: 1024 x 2 + 22 = 2070 fits. When both hold
   * 1,050 and go on, the newest is paused; its pages, one leaf of the tree, make room. It heads the queue
   * and is refused: (1053, 104) and (1052, 104) would peak at 2,313.
   */
  @Test
  void pausesTheNewestWhenOutputsWereLongerThanPredicted() {
    Steps steps = new Steps(2100);
    LightllmScheduler scheduler = scheduler(steps, 4096, 0.9);
    steps.arrive(scheduler, 10, 2000, 1);
    steps.arrive(scheduler, 10, 2000, 2);
    steps.run(scheduler, 1 + 1040);
    assertEquals(0, steps.allocator.freePages());
    assertEquals("0:1", steps.run(scheduler));
    assertEquals(1, scheduler.decisions().preempted().get(0));
    assertEquals(1050, scheduler.decisions().lostTokens().get(0));
    assertEquals(0, steps.allocator.cachedPages());
    assertEquals(1049, steps.allocator.freePages());
    assertEquals("0:1", steps.run(scheduler));
    assertEquals(2313 - 1052 + 1, scheduler.decisions().refusedPages());
  }
}
