package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
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

  @Test
  void dividesToSixteenDigitsWhateverItsSize() {
    for (long seed = 0; seed < 5000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      WideSum sum = new WideSum();
      sum.addProduct(
          random.nextLong(1L << (1 + random.nextInt(60))), 1L << (random.nextInt(10) * 6));
      BigInteger divisor = BigInteger.valueOf(1 + random.nextLong(1L << (1 + random.nextInt(62))));
      double expected = new BigDecimal(sum.value())
          .divide(new BigDecimal(divisor), MathContext.DECIMAL128)
          .doubleValue();
      assertEquals(expected, sum.over(divisor), 2e-16 * 3 * expected, "seed=" + seed);
    }
    WideSum three = new WideSum();
    three.addProduct(3, 1);
    assertEquals(0.375, three.over(BigInteger.valueOf(8)));
    assertEquals(0, three.over(BigInteger.ZERO));
    assertEquals(0, new WideSum().over(BigInteger.TEN));
  }
}
