package kvlab.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class CurveTest {
  @Test
  void decimationKeepsEndsAndExtremesOfEveryStretch() {
    SplittableRandom random = new SplittableRandom(5);
    double[] x = new double[10_000];
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
      y[i] = random.nextDouble();
    }
    Curve thin = new Curve(x, y).decimated(100);
    assertTrue(thin.size() <= 400, "points: " + thin.size());
    assertEquals(0, thin.x()[0]);
    assertEquals(9999, thin.x()[thin.size() - 1]);
    for (int from = 0; from < x.length; from += 1000) {
      int to = from + 1000;
      double most = Arrays.stream(y, from, to).max().orElseThrow();
      double kept = 0;
      for (int i = 0; i < thin.size(); i++) {
        kept = thin.x()[i] >= from && thin.x()[i] < to ? Math.max(kept, thin.y()[i]) : kept;
      }
      assertEquals(most, kept);
    }
  }

  @Test
  void niceCeilingIsNotLess() {
    assertEquals(1, Plots.niceCeiling(0));
    assertEquals(40, Plots.niceCeiling(36.4));
    assertEquals(100, Plots.niceCeiling(100));
    assertEquals(0.015, Plots.niceCeiling(0.0101), 1e-12);
  }

  @Test
  void numbersHaveNoTrailingZeros() {
    String[] texts = {
      Plots.number(0),
      Plots.number(-0.0),
      Plots.number(0.05),
      Plots.number(1500),
      Plots.number(12_000)
    };
    assertArrayEquals(new String[] {"0", "0", "0.05", "1500", "12\u2009000"}, texts);
  }

  @Test
  void numbersAreRoundedAsFormatsDo() {
    DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
    symbols.setGroupingSeparator('\u2009');
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 20_000; i++) {
      double value = random.nextDouble(-2, 2) * Math.pow(10, random.nextInt(-6, 9));
      double half = random.nextInt(100_000) / 32.0;
      for (double each : new double[] {value, Math.rint(value), half, -half, half / 1024}) {
        String pattern = Math.abs(each) < 10_000 ? "0.####" : "#,##0";
        assertEquals(
            new DecimalFormat(pattern, symbols).format(each == 0 ? 0 : each), Plots.number(each));
      }
    }
  }
}
