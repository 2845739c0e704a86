package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.List;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Server;
import kvlab.metrics.Part;
import kvlab.metrics.Partition;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestLog;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepLog;
import kvlab.metrics.StepView;
import kvlab.workload.Trace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Laws of a run, for every design over random traces on a miniature device that keeps what is written
 * to it; a failure names the seed that reproduces it.
 */
final class EngineLawsTest {
  private static final int SLIDING_SEEDS = 100; // further ones, of models with layers that slide
  private static final int SEEDS = 150;

  static List<Design> designs() {
    return Designs.all();
  }

  @ParameterizedTest
  @MethodSource("designs")
  void keepsItsLaws(Design design) {
    for (long seed = 0; seed < SEEDS + SLIDING_SEEDS; seed++) {
      RandomRun random =
          seed < SEEDS ? RandomRun.of(design, seed) : RandomRun.sliding(design, seed);
      try {
        byte[] logs = run(random);
        assertArrayEquals(logs, run(random), "the same run gives the same bytes");
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: " + design.name() + " seed=" + seed, e);
      }
    }
  }

  private static byte[] run(RandomRun run) {
    Server server = run.open();
    int freeAtStart = server.allocator().freePages();
    Laws laws = new Laws(new Partition(
        server.layoutInForce(),
        server.allocator(),
        server.requests(),
        server.scheduler(),
        handle -> needs(run.trace(), server.requests().id(handle))));
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    new Engine(
            run.trace().stream(),
            server,
            new ShadowClock(server, run.promptKeys()),
            run.rules(),
            List.of(laws, new StepLog(log), new RequestLog(log)))
        .run();
    assertEquals(run.trace().size(), laws.finished + laws.rejected, "every request left");
    assertEquals(0, laws.unfinished);
    assertEquals(freeAtStart, server.allocator().freePages(), "all pages are free at the end");
    assertEquals(0, server.table().heldPages());
    if (run.design().traits().onShortage().equals("cannot happen")) {
      assertEquals(0, laws.preemptions, "a reservation is never taken back");
    }
    return log.toByteArray();
  }

  private static int needs(Trace trace, long id) {
    return trace.promptTokens((int) id) + trace.outputTokens((int) id) - 1;
  }

  /** Checks each step and each request as they come. */
  private static final class Laws implements Probe {
    private final Partition fromNothing;
    private long lastEnd;
    private long preemptions;
    private int finished;
    private int rejected;
    private int unfinished;

    Laws(Partition fromNothing) {
      this.fromNothing = fromNothing;
    }

    @Override
    public void onStep(StepView step) {
      fromNothing.recount(step.index());
      assertTrue(step.startNanos() >= lastEnd, "the clock does not go back");
      assertTrue(step.endNanos() > step.startNanos(), "a step takes time");
      lastEnd = step.endNanos();
      preemptions += step.scheduler().decisions().preempted().size();
      long sum = 0;
      for (Part part : Part.values()) {
        assertTrue(step.partition().slots(part) >= 0, part + " is not negative");
        assertEquals(fromNothing.slots(part), step.partition().slots(part), part + " adds up");
        sum += step.partition().slots(part);
      }
      assertEquals(step.partition().capacitySlots(), sum, "slots are conserved");
      long passed = step.partition().passedSlots();
      assertTrue(passed >= 0, "passed tokens are not negative");
      assertTrue(passed <= step.partition().slots(Part.INTERNAL), "passed tokens are internal");
      boolean someoneIsLeft = step.scheduler().waiting() > 0
          || step.scheduler().decisions().swapped().size() > 0
          || step.scheduler().decisions().ignored().size() > 0;
      assertTrue(step.batch().size() > 0 || someoneIsLeft, "an empty step has a reason");
    }

    @Override
    public void onFinish(RequestView request) {
      finished++;
      assertTrue(request.arrivalNanos() <= request.firstScheduledNanos());
      assertTrue(request.firstScheduledNanos() < request.firstTokenNanos());
      assertTrue(request.firstTokenNanos() <= request.finishNanos());
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      rejected++;
    }

    @Override
    public void onUnfinished(RequestView request) {
      unfinished++;
    }
  }
}
