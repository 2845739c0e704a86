package kvlab.workload.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import kvlab.workload.InputException;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

final class ReshapedTest {
  private static Trace trace() {
    TraceBuilder builder = new TraceBuilder("two", 16);
    builder.add(0, 1000, 20, 3).priority(2).hashId(7).hashId(8);
    builder.add(4, 1001, 5, 6).hashId(9);
    return builder.build();
  }

  @Test
  void samplesShareTheirPromptAndArriveTogether() {
    Reshaped reshaped = Reshaped.of(trace()).withSamples(3);
    assertEquals(6, reshaped.requests());
    Trace samples = Trace.of(reshaped);
    assertEquals(6, samples.size());
    assertEquals(2, samples.id(2));
    assertEquals(12, samples.id(3));
    assertEquals(14, samples.id(5));
    assertEquals(samples.promptKey(0), samples.promptKey(2));
    assertEquals(4, samples.promptKey(5));
    assertEquals(1001, samples.arrivalNanos(5));
    assertEquals(2, samples.priority(1));
    assertEquals(8, samples.hashId(2, 1));
    assertEquals(1, samples.hashCount(5));
  }

  @Test
  void arrivalsScaleDownToTheNanosecond() {
    Trace faster = Trace.of(Reshaped.of(trace()).withRateScale(2));
    assertEquals(500, faster.arrivalNanos(0));
    assertEquals(500, faster.arrivalNanos(1));
    assertThrows(InputException.class, () -> Reshaped.of(trace()).withRateScale(0));
  }

  @Test
  void newTimesAreScaledToo() {
    Reshaped at = new Reshaped(trace(), Optional.of(Arrivals.parse("fixed:2")), 0, 4, 1);
    Trace retimed = Trace.of(at);
    assertEquals(0, retimed.arrivalNanos(0));
    assertEquals(125_000_000, retimed.arrivalNanos(1));
  }

  @Test
  void keepsWhatItDoesNotChange() {
    Reshaped same = Reshaped.of(trace());
    assertEquals("two", same.name());
    assertEquals(16, same.hashBlockTokens());
    assertTrue(same.hasPriorities());
    assertFalse(same.hasPromptKeys());
    assertThrows(InputException.class, () -> same.withSamples(0));
  }
}
