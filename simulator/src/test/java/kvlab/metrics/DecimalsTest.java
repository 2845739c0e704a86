package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DecimalsTest {
  private static void same(double value, int decimals, String reproduce) {
    String expected = String.format(Locale.ROOT, "%." + decimals + "f", value);
    assertEquals(expected, Decimals.fixed(value, decimals), () -> reproduce + value);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 9})
  void writesWhatTheFormatterWrites(int decimals) {
    long seed = 41L + decimals;
    SplittableRandom random = new SplittableRandom(seed);
    String reproduce = "decimals=" + decimals + " seed=" + seed + " value=";
    for (int i = 0; i < 20_000; i++) {
      double magnitude = Math.pow(10, random.nextInt(-8, 18));
      same(random.nextDouble() * magnitude, decimals, reproduce);
      same(-random.nextDouble() * magnitude, decimals, reproduce);
      same(random.nextInt(100_000) / 2e3, decimals, reproduce); // many a half
      same(Math.nextUp(random.nextInt(100_000) / 2e3), decimals, reproduce);
      same(Double.longBitsToDouble(random.nextLong()), decimals, reproduce);
    }
  }

  @Test
  void knowsZerosAndWhatIsNoNumber() {
    for (double value : new double[] {0, -0.0, 0.5, 1.5, 0.25, 1e-300, 1e300, Double.MIN_VALUE}) {
      same(value, 0, "");
      same(value, 1, "");
    }
    same(Double.NaN, 3, "");
    same(Double.POSITIVE_INFINITY, 3, "");
    same(Double.NEGATIVE_INFINITY, 0, "");
  }

  @Test
  void roundsHalvesUp() {
    assertEquals("0.13", Decimals.fixed(0.125, 2));
    assertEquals("12.0000", Decimals.fixed(12, 4));
    assertEquals("1000000.000", Decimals.fixed(999_999.9996, 3));
    assertEquals("0.00", Decimals.fixed(0.004, 2));
  }
}
