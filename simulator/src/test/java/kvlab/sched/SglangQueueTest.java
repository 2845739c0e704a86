package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Scenarios worked by hand from SGLang's {@code schedule_policy.py}, {@code SchedulePolicy}. */
final class SglangQueueTest {
  private static SglangScheduler scheduler(Steps steps, int chunk, SglangQueue.Order order) {
    return new SglangScheduler(
        new SglangScheduler.Settings(16, chunk, 1, order),
        steps.pool,
        steps.requests,
        steps.allocator);
  }

  /** Computes a prompt and leaves it in the tree. */
  private static void leave(Steps steps, SglangScheduler scheduler, int prompt, long key) {
    int request = steps.arrive(scheduler, prompt, 5, key);
    steps.run(scheduler);
    steps.finish(scheduler, request);
  }

  /** {@code _sort_by_longest_prefix}: 100, 49 (all but the last token) and 0 tokens are in the tree. */
  @Test
  void admitsTheLongestPrefixFirst() {
    for (SglangQueue.Order order : SglangQueue.Order.values()) {
      Steps steps = new Steps(1000);
      SglangScheduler scheduler = scheduler(steps, 8192, order);
      leave(steps, scheduler, 100, 1);
      steps.arrive(scheduler, 60, 5, 2);
      steps.arrive(scheduler, 50, 5, 1);
      steps.arrive(scheduler, 120, 5, 1);
      String computed = steps.run(scheduler);
      String expected = order == SglangQueue.Order.LPM ? "3:20 2:1 1:60" : "1:60 2:1 3:20";
      assertEquals(expected, computed);
    }
  }

  /** {@code _sort_by_longest_output}; equal ones as they came. */
  @Test
  void admitsTheMostOutputFirst() {
    Steps steps = new Steps(1000);
    SglangScheduler scheduler = scheduler(steps, 8192, SglangQueue.Order.LOF);
    steps.arrive(scheduler, 10, 5, 1);
    steps.arrive(scheduler, 11, 50, 2);
    steps.arrive(scheduler, 12, 5, 3);
    steps.arrive(scheduler, 13, 20, 4);
    assertEquals("1:11 3:13 0:10 2:12", steps.run(scheduler));
  }

  /**
   * {@code _compute_prefix_matches}: 0, 1 and 2 have the same first tokens. 1 shares 40 with 0 and goes to
   * the end; 2 has 31, which is too few to count. The step ends with 3, and 1 then finds 40 in the tree.
   */
  @Test
  void putsOffWhoSharesAPrefixWithOneThatWaits() {
    Steps steps = new Steps(1000);
    SglangScheduler scheduler = scheduler(steps, 111, SglangQueue.Order.LPM);
    steps.arrive(scheduler, 40, 5, 7);
    steps.arrive(scheduler, 200, 5, 7);
    steps.arrive(scheduler, 31, 5, 7);
    steps.arrive(scheduler, 40, 5, 8);
    assertEquals("0:40 2:31 3:40", steps.run(scheduler));
    assertEquals("1:111", steps.run(scheduler));
    assertEquals(40, scheduler.decisions().cachedTokens().get(0));
    assertEquals("1:49", steps.run(scheduler));
  }

  /** With 33 tokens in the tree nobody is put off; with 32 the second of two is. */
  @Test
  void doesNotPutOffWhoFindsMoreThanTheThreshold() {
    for (int left : new int[] {32, 33}) {
      Steps steps = new Steps(1000);
      SglangScheduler scheduler = scheduler(steps, 8192, SglangQueue.Order.LPM);
      leave(steps, scheduler, left, 1);
      steps.arrive(scheduler, 60, 5, 9);
      steps.arrive(scheduler, 80, 5, 1);
      steps.arrive(scheduler, 80, 5, 1);
      int rest = 80 - left;
      assertEquals(
          left == 33 ? "2:" + rest + " 3:" + rest + " 1:60" : "2:" + rest + " 1:60 3:" + rest,
          steps.run(scheduler));
    }
  }

  /** {@code _determine_active_policy}: 128 are put in order, 129 are left as they are. */
  @Test
  void leavesALongQueueAsItIs() {
    for (int others : new int[] {127, 128}) {
      Steps steps = new Steps(5000);
      SglangScheduler scheduler = scheduler(steps, 5, SglangQueue.Order.LPM);
      int first = steps.arrive(scheduler, 5, 5, 1);
      steps.run(scheduler);
      steps.finish(scheduler, first);
      for (int i = 0; i < others; i++) {
        steps.arrive(scheduler, 10, 5, 100 + i);
      }
      int last = steps.arrive(scheduler, 6, 5, 1);
      assertEquals(others == 127 ? last + ":1 1:4" : "1:5", steps.run(scheduler));
    }
  }
}
