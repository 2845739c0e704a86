package kvlab.gpu.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Blocks that share bandwidth: what a fit finds again. */
final class SharedBandwidthTest {
  /** The law as its Javadoc states it, for equal blocks of one head that all run at once. */
  private static double law(
      int blocks, double bytes, double results, double merged, double rounds) {
    double slowdown = blocks * 30_000 / 2_800_000.0;
    double rate = 30_000 / Math.pow(1 + Math.pow(slowdown, 2), 0.5);
    return 4 + 0.1 * merged + 1.5 * rounds + (bytes + 15_000 + 1_000 * results) / rate;
  }

  @Test
  void findsTheConstantsOfItsOwnLaw() {
    SplittableRandom random = new SplittableRandom(3);
    List<Points.Point> points = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      int blocks = 1 << random.nextInt(9);
      double bytes = 1 << (12 + random.nextInt(10));
      int results = 1 << random.nextInt(4);
      int merged = random.nextInt(50);
      int rounds = random.nextInt(3);
      double[] features = new double[5 + blocks];
      java.util.Arrays.fill(features, bytes);
      features[0] = 1;
      features[1] = 512;
      features[2] = merged;
      features[3] = results;
      features[4] = rounds;
      points.add(
          new Points.Point("seed 3, " + i, features, law(blocks, bytes, results, merged, rounds)));
    }
    SharedBandwidth model = SharedBandwidth.fit(points);
    double worst = 0;
    for (Points.Point point : points) {
      worst = Math.max(worst, Math.abs(model.predict(point.features()) / point.micros() - 1));
    }
    assertTrue(worst < 0.03, model + " is " + worst + " off");
    assertEquals(2800, model.totalRate(), 150);
  }

  /** Two fit: 100 and 60 start, 60 ends and 40 starts, so both slots end at 100. */
  @Test
  void theNextBlockStartsWhereOneEnds() {
    SharedBandwidth model = SharedBandwidth.of(0, 0, 10, 1e9, 4, 0, 0, 3);
    assertEquals(10, model.predict(1, 2, 0, 0, 0, 100, 60, 40), 1e-6);
    assertEquals(16, model.predict(1, 1, 0, 0, 0, 100, 60), 1e-6);
    assertEquals(20, model.predict(2, 2, 0, 0, 0, 100, 100), 1e-6); // two heads of each
    assertEquals(16, model.predict(1, 2, 0, 0, 2, 100, 60, 40), 1e-6); // and two rounds of merging
  }
}
