package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WideSumTest {
  @Test
  void addsProductsBeyondALong() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      WideSum sum = new WideSum();
      BigInteger expected = BigInteger.ZERO;
      for (int i = 0; i < 50; i++) {
        long a = random.nextLong(1L << (1 + random.nextInt(60)));
        long b = random.nextLong(1L << (1 + random.nextInt(60)));
        sum.addProduct(a, b);
        expected = expected.add(BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)));
      }
      assertEquals(expected, sum.value(), "seed=" + seed);
    }
  }
}
