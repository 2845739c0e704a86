package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class TraceTest {
  @Test
  void newTimesMustBeInOrder() {
    Trace trace = new TraceBuilder("two").add(0, 5, 20, 3).add(4, 6, 5, 6).build();
    assertEquals(9, trace.arriving(new long[] {3, 9}).arrivalNanos(1));
    assertThrows(IllegalArgumentException.class, () -> trace.arriving(new long[] {9, 3}));
    assertThrows(IllegalArgumentException.class, () -> trace.arriving(new long[] {9}));
  }
}
