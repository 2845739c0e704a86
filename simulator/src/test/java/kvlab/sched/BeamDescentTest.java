package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import kvlab.sched.BeamDescent.Law;
import org.junit.jupiter.api.Test;

final class BeamDescentTest {
  private static final int STEPS = 40_000;

  /** Share of steps after which two beams have one parent. */
  private static double merged(BeamDescent descent) {
    int merged = 0;
    for (int step = 0; step < STEPS; step++) {
      int[] parents = descent.parents(step % 7, step);
      merged += parents[0] == parents[1] ? 1 : 0;
    }
    return merged / (double) STEPS;
  }

  /** Three standard deviations of a share of 40,000 draws are less than 0.0075. */
  @Test
  void twoBeamsMergeAsOftenAsTheLawSays() {
    assertEquals(0.5, merged(BeamDescent.beams(2, Law.UNIFORM, 0, 1)), 0.0075);
    assertEquals(0.1, merged(BeamDescent.beams(2, Law.UNIFORM, 0.8, 1)), 0.0075);
    // The weights are U : 1 with U even over 0 to 1, and the mean of (1 + U^2) / (1 + U)^2 is:
    assertEquals(2 - 2 * StrictMath.log(2), merged(BeamDescent.beams(2, Law.ZIPF, 0, 1)), 0.0075);
    assertEquals(1, merged(BeamDescent.beams(2, Law.ONE, 0, 1)));
    assertEquals(0, merged(BeamDescent.beams(2, Law.OWN, 0, 1)));
    assertEquals(0, merged(BeamDescent.samples(2)));
  }

  /** Who has a child stays where it is, whatever its place: no place is likelier to survive. */
  @Test
  void parentsKeepTheirPlacesAndNoPlaceIsBetter() {
    for (Law law : new Law[] {Law.ZIPF, Law.UNIFORM}) {
      BeamDescent descent = BeamDescent.beams(5, law, 0, 3);
      int[] survived = new int[5];
      for (int step = 0; step < STEPS; step++) {
        int[] parents = descent.parents(11, step);
        for (int beam = 0; beam < 5; beam++) {
          assertEquals(parents[beam], parents[parents[beam]]);
          survived[beam] += parents[beam] == beam ? 1 : 0;
        }
      }
      double mean = Arrays.stream(survived).sum() / 5.0;
      for (int times : survived) {
        assertEquals(mean, times, 0.02 * mean);
      }
    }
  }

  @Test
  void theFateOfARequestIsItsOwnAndAlwaysTheSame() {
    int[] before = new int[0];
    int changed = 0;
    for (long id = 0; id < 50; id++) {
      int[] parents = BeamDescent.beams(6, Law.ZIPF, 0, 0).parents(id, 100).clone();
      BeamDescent again = BeamDescent.beams(6, Law.ZIPF, 0, 0);
      again.parents(id + 1, 7);
      assertArrayEquals(parents, again.parents(id, 100));
      changed += Arrays.equals(parents, before) ? 0 : 1;
      before = parents;
    }
    assertFalse(changed < 40, "requests differ: " + changed);
  }
}
