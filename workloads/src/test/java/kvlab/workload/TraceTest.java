package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class TraceTest {
  private static Trace trace() {
    TraceBuilder builder = new TraceBuilder("two", 16);
    builder.add(0, 1000, 20, 3).priority(2).hashId(7).hashId(8);
    builder.add(4, 1001, 5, 6).hashId(9);
    return builder.build();
  }

  @Test
  void samplesShareTheirPromptAndArriveTogether() {
    Trace samples = trace().sampled(3);
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
    Trace faster = trace().scaleRate(2);
    assertEquals(500, faster.arrivalNanos(0));
    assertEquals(500, faster.arrivalNanos(1));
    assertThrows(InputException.class, () -> trace().scaleRate(0));
  }

  @Test
  void newTimesMustBeInOrder() {
    assertEquals(9, trace().arriving(new long[] {3, 9}).arrivalNanos(1));
    assertThrows(IllegalArgumentException.class, () -> trace().arriving(new long[] {9, 3}));
    assertThrows(IllegalArgumentException.class, () -> trace().arriving(new long[] {9}));
  }
}
