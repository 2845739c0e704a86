package kvlab.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StableOrderTest {
  @Test
  void sortsAsTheLibraryDoes() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] values =
          random.longs(random.nextInt(200), 0, 1 + random.nextInt(100)).toArray();
      if (random.nextBoolean()) {
        Arrays.sort(values, 0, values.length / 2);
      }
      int[] expected = IntStream.range(0, values.length)
          .boxed()
          .sorted(Comparator.comparingLong(i -> values[i]))
          .mapToInt(Integer::intValue)
          .toArray();
      assertArrayEquals(expected, StableOrder.of(values, values.length), "seed " + seed);
    }
  }
}
