package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** LightLLM's estimate ({@code router/req_queue/chunked_prefill/impl.py}). */
final class FuturePeakTest {
  private final FuturePeak peak = new FuturePeak();

  /** Vector V9: (a, b) = (101, 50), (201, 10): max(50 x 1 + 101, 10 x 2 + 101 + 201) = 322. */
  @Test
  void theShortestIsDoneFirst() {
    peak.add(201, 10);
    peak.add(101, 50);
    assertEquals(322, peak.tokens());
  }

  @Test
  void nobodyHoldsNothing() {
    peak.add(5, 5);
    peak.clear();
    assertEquals(0, peak.tokens());
  }

  /** The peak is that of generating token by token: who is done gives everything back after the step. */
  @Test
  void isWhatGoingOnTokenByTokenComesTo() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int count = 1 + random.nextInt(100);
      int[] held = random.ints(count, 1, 300).toArray();
      int[] coming = random.ints(count, 0, 200).toArray();
      peak.clear();
      for (int i = 0; i < count; i++) {
        peak.add(held[i], coming[i]);
      }
      long most = 0;
      for (int step = 0; step <= 200; step++) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
          sum += coming[i] >= step ? held[i] + step : 0;
        }
        most = Math.max(most, sum);
      }
      assertEquals(most, peak.tokens(), "seed=" + seed);
    }
  }
}
