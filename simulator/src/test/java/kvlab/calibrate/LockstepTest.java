package kvlab.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import kvlab.calibrate.Lockstep.Stretch;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.sched.Requests;
import kvlab.step.Batch;
import kvlab.step.StepClock;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Two requests under a model of 10 ns a step, held to a recording by hand. */
final class LockstepTest {
  private static final PageTable TABLE = new PageTable(new Pool(1, 16), 1);

  private final Requests requests = new Requests();
  private final Lockstep lockstep = new Lockstep(new Lockstep.Recording(
      trace(), new double[] {0, 37}, new double[] {25, 80}, new double[] {60, 95}));
  private final StepClock clock = lockstep.over((batch, table) -> 10, requests);

  private static Trace trace() {
    return new TraceBuilder("by hand").add(0, 0, 4, 4).add(1, 37, 6, 2).build();
  }

  private long step(int... handleTokensContext) {
    Batch batch = new Batch(2);
    for (int i = 0; i < handleTokensContext.length; i += 3) {
      int tokens = handleTokensContext[i + 1];
      batch.add(handleTokensContext[i], 0, tokens, handleTokensContext[i + 2], tokens == 1);
    }
    return clock.nanos(batch, TABLE);
  }

  @Test
  void aKnownEndIsKeptAndWhatTheModelSaysOfTheStretchIsNoted() {
    requests.add(0, 0, 4, 8, 0);
    requests.add(1, 37, 6, 8, 0);
    assertEquals(25, step(0, 4, 0)); // the first token came at 25
    assertEquals(12, step(0, 1, 4)); // 35 is closest to 37, when the other was queued
    assertEquals(10, step(0, 1, 5, 1, 3, 0)); // nothing is known of the end
    assertEquals(13, step(0, 1, 6)); // the last token came at 60
    assertEquals(20, step(1, 3, 3)); // and the other's first at 80
    assertEquals(15, step(1, 1, 6)); // its last at 95
    assertEquals(10, step(1, 1, 7)); // one step too many, as engines that run ahead take
    assertEquals(
        List.of(
            new Stretch(0, 1, true, 4, 0, 0, 0, 25, 10),
            new Stretch(1, 1, false, 1, 1, 5, 5, 12, 10),
            new Stretch(0, 2, true, 1, 1, 7, 7, 23, 20),
            new Stretch(1, 1, true, 3, 0, 0, 0, 20, 10),
            new Stretch(1, 1, false, 1, 1, 7, 7, 15, 10)),
        lockstep.stretches());
  }

  @Test
  void afterAPauseStretchesBeginAnew() {
    requests.add(0, 0, 4, 8, 0);
    lockstep.idleUntil(12);
    assertEquals(13, step(0, 4, 0));
    assertEquals(List.of(new Stretch(0, 1, true, 4, 0, 0, 0, 13, 10)), lockstep.stretches());
  }
}
