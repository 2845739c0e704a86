package kvlab.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

class AxesTest {
  private static XYChart chart() {
    return Plots.plot(450, 230, "x", "y");
  }

  @Test
  void valuesThatDoubleStandAtEqualDistancesWithTheirNames() {
    XYChart chart = chart();
    var place = Axes.option(chart, 1, 2, 4, 8, 16, 32, 64, 128, 256);
    assertEquals(4, place.applyAsDouble(16), 1e-12);
    var label = chart.getStyler().getXAxisTickLabelsFormattingFunction();
    assertEquals("64", label.apply(6.0));
    assertTrue(label.apply(1.5).isBlank());
    assertFalse(label.apply(1.5).equals(label.apply(2.5))); // XChart drops axes of equal labels
  }

  @Test
  void otherValuesStandWhereTheyAre() {
    assertEquals(0.04, Axes.option(chart(), 0, 0.02, 0.04).applyAsDouble(0.04));
    assertEquals(3, Axes.option(chart(), 1, 2, 3, 4).applyAsDouble(3)); // fewer than 3 doublings
    XYChart chart = chart();
    assertEquals(7, Axes.option(chart, 1, 7, 1000).applyAsDouble(7));
    assertTrue(chart.getStyler().isXAxisLogarithmic());
  }

  /** The fastest takes 100 s; 150 is the most that shares its axis. */
  @Test
  void longRunsGetAxesOfTheirOwn() {
    Spans spans = new Spans(140, 100, 0, 151, 150, 6000);
    assertFalse(spans.areEven());
    assertEquals(150, spans.end(0));
    assertEquals(150, spans.end(2)); // nothing ran
    assertEquals(151, spans.end(3));
    assertEquals(6000, spans.end(5));
    assertEquals("a", spans.title(4, "a"));
    assertEquals("b (own time axis)", spans.title(5, "b"));
    assertTrue(new Spans(0, 0).areEven());
    assertEquals(1, new Spans(0, 0).end(1));
  }

  @Test
  void dotsInOnePlaceAreTwoAtMost() {
    double[] same = IntStream.range(0, 100).mapToDouble(i -> 5).toArray();
    assertEquals(2, new Curve(same, same).thinned(0, 10, 100).size());
    double[] apart = IntStream.range(0, 100).mapToDouble(i -> i / 10.0).toArray();
    assertEquals(100, new Curve(apart, apart).thinned(0, 10, 100).size());
    double[] far = {1, 10, 100, 1000};
    assertEquals(4, new Curve(far, far).thinned(1, 1000, 3).size()); // a decade each
  }
}
