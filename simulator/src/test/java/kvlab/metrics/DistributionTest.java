package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DistributionTest {
  /** numpy.percentile([10, 20, 30, 40, 1000], [0, 50, 90, 95, 99, 100]). */
  @Test
  void interpolatesAsNumpyDoes() {
    Distribution values = new Distribution();
    for (long value : new long[] {40, 10, 1000, 30, 20}) {
      values.add(value);
    }
    assertEquals(10, values.quantile(0));
    assertEquals(30, values.quantile(0.5));
    assertEquals(616, values.quantile(0.9), 1e-9);
    assertEquals(808, values.quantile(0.95), 1e-9);
    assertEquals(961.6, values.quantile(0.99), 1e-9);
    assertEquals(1000, values.quantile(1));
    assertEquals(220, values.mean());
  }

  @Test
  void countsARepeatedValueAsOftenAsItCame() {
    Distribution values = new Distribution();
    values.add(5, 3);
    values.add(9, 1);
    assertEquals(4, values.count());
    assertEquals(5, values.quantile(0.5));
    assertEquals(6, values.mean());
  }

  @Test
  void ranksRepeatedValuesAmongAll() {
    for (long seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Distribution values = new Distribution();
      long[] all = {};
      for (int i = random.nextInt(200); i >= 0; i--) {
        long value = random.nextInt(50);
        int times = 1 + random.nextInt(9);
        values.add(value, times);
        all = Arrays.copyOf(all, all.length + times);
        Arrays.fill(all, all.length - times, all.length, value);
        Arrays.sort(all);
        double position = random.nextDouble() * (all.length - 1);
        int below = (int) position;
        long above = all[Math.min(below + 1, all.length - 1)];
        assertEquals(
            all[below] + (position - below) * (above - all[below]),
            values.quantile(position / Math.max(1, all.length - 1)),
            1e-9,
            "seed=" + seed);
      }
    }
  }

  @Test
  void staysWithinATwoThousandthBeyondItsExactSize() {
    for (long seed = 0; seed < 3; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long[] exact = new long[Distribution.EXACT_VALUES + 1000];
      Distribution values = new Distribution();
      double sum = 0;
      for (int i = 0; i < exact.length; i++) {
        exact[i] = (long) StrictMath.exp(random.nextDouble() * 25);
        values.add(exact[i]);
        sum += exact[i];
      }
      Arrays.sort(exact);
      for (double q : new double[] {0, 0.01, 0.25, 0.5, 0.9, 0.99, 1}) {
        double expected = exact[(int) (q * (exact.length - 1))];
        double error = Math.abs(values.quantile(q) - expected) / expected;
        assertTrue(error <= 0.0005, "seed=" + seed + " q=" + q + " error=" + error);
      }
      assertEquals(1, values.mean() / (sum / exact.length), 1e-9);
    }
  }

  @Test
  void smallValuesStayExactInBuckets() {
    Distribution values = new Distribution();
    values.add(7, Distribution.EXACT_VALUES);
    values.add(2000, 5);
    assertEquals(7, values.quantile(0.5));
    assertEquals(2000, values.quantile(1));
  }
}
