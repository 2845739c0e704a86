package kvlab.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DecimalsTest {
  private static void same(double value, int decimals, String reproduce) {
    String expected = String.format(Locale.ROOT, "%." + decimals + "f", value);
    assertEquals(expected, Decimals.fixed(value, decimals), () -> reproduce + value);
    String grouped = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    assertEquals(grouped, Decimals.grouped(value, decimals), () -> reproduce + value);
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
      double half = (2 * random.nextLong(100_000_000) + 1) / (2 * Math.pow(10, decimals));
      same(half, decimals, reproduce);
      same(Math.nextUp(half), decimals, reproduce);
      same(Math.nextDown(half), decimals, reproduce);
      same(half * (1 + random.nextDouble(-1e-12, 1e-12)), decimals, reproduce);
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
  void readsWhatIsRead() {
    SplittableRandom random = new SplittableRandom(47);
    for (int i = 0; i < 100_000; i++) {
      String digits = Long.toString(random.nextLong() >> random.nextInt(63));
      int point = random.nextInt(1, digits.length() + 1);
      String decimal = digits.substring(0, point) + "." + digits.substring(point);
      for (String text :
          new String[] {digits, decimal, random.nextDouble() + "", "00" + i + ".0"}) {
        assertEquals(Double.parseDouble(text), Decimals.parse(text), text);
      }
    }
    for (String text :
        new String[] {"-0", "0", ".5", "5.", "-.25", "1e3", "NaN", "Infinity", " 7 "}) {
      assertEquals(Double.parseDouble(text), Decimals.parse(text), text);
    }
    for (String text : new String[] {"", "-", ".", "-.", "1.2.3", "--1", "x"}) {
      assertThrows(NumberFormatException.class, () -> Decimals.parse(text), text);
    }
  }

  @Test
  void groupsWholeNumbers() {
    for (long value :
        new long[] {0, 7, 999, 1_000, 12_345, 123_456, 1_234_567, Long.MAX_VALUE, -1234}) {
      assertEquals(String.format(Locale.ROOT, "%,d", value), Decimals.grouped(value));
    }
  }

  @Test
  void roundsHalvesUp() {
    assertEquals("0.13", Decimals.fixed(0.125, 2));
    assertEquals("12.0000", Decimals.fixed(12, 4));
    assertEquals("1000000.000", Decimals.fixed(999_999.9996, 3));
    assertEquals("0.00", Decimals.fixed(0.004, 2));
  }
}
