package kvlab.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvlab.kv.FitPlacement.Fit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FitPlacementTest {
  /** Gaps of 10 at 0, of 4 at 20, of 6 at 30; then a request of 4 pages. */
  @ParameterizedTest
  @CsvSource({"FIRST, 0", "BEST, 20"})
  void firstFitTakesTheLowestGapAndBestFitTheShortest(Fit fit, int expected) {
    FitPlacement placement = new FitPlacement(36, fit);
    assertEquals(0, placement.take(10));
    assertEquals(10, placement.take(10));
    assertEquals(20, placement.take(4));
    assertEquals(24, placement.take(6));
    placement.give(0, 10);
    placement.give(20, 4);
    assertEquals(20, placement.freePages());
    assertEquals(expected, placement.take(4));
  }

  @Test
  void mergesWithBothNeighbours() {
    FitPlacement placement = new FitPlacement(30, Fit.FIRST);
    placement.take(10);
    placement.take(10);
    placement.take(10);
    assertEquals(PageTable.NO_PAGE, placement.take(1));
    placement.give(0, 10);
    placement.give(20, 10);
    assertEquals(PageTable.NO_PAGE, placement.take(11), "20 free, but in two gaps");
    placement.give(10, 10);
    assertEquals(0, placement.take(30));
  }

  @Test
  void bestFitTakesTheLowestOfEquals() {
    FitPlacement placement = new FitPlacement(20, Fit.BEST);
    for (int i = 0; i < 4; i++) {
      placement.take(5);
    }
    placement.give(15, 5);
    placement.give(5, 5);
    assertEquals(5, placement.take(5));
  }
}
