package kvlab.gpu.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class FitTest {
  @Test
  void findsTheCoefficientsThatMadeTheData() {
    SplittableRandom random = new SplittableRandom(1);
    List<double[]> features = new ArrayList<>();
    List<Double> measured = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      double[] row = {1, random.nextInt(256), random.nextDouble() * 1e10};
      features.add(row);
      measured.add(12.5 * row[0] + 0.25 * row[1] + 3e-7 * row[2]);
    }
    Fit fit = Fit.of(features, measured);
    assertEquals(12.5, fit.coefficient(0), 1e-6);
    assertEquals(0.25, fit.coefficient(1), 1e-6);
    assertEquals(3e-7, fit.coefficient(2), 1e-12);
  }

  @Test
  void leavesOutWhatWouldBeNegative() {
    List<double[]> features =
        List.of(new double[] {1, 1}, new double[] {1, 2}, new double[] {1, 3}, new double[] {1, 4});
    Fit fit = Fit.of(features, List.of(10.0, 9.0, 8.0, 7.0));
    assertEquals(0, fit.coefficient(1));
    assertEquals(8.2, fit.coefficient(0), 0.3); // a constant of least relative error
  }

  @Test
  void aFeatureThatIsNoDifferentIsLeftOut() {
    List<double[]> features = List.of(new double[] {1, 2}, new double[] {2, 4});
    Fit fit = Fit.of(features, List.of(3.0, 6.0));
    assertEquals(9, fit.predict(3, 6), 1e-9);
  }

  @Test
  void noPointIsPredictedByAModelThatSawIt() {
    Points points = new Points("x");
    points.add("0", 10, 1);
    points.add("1", 20, 1);
    points.add("2", 10, 1);
    points.add("3", 20, 1);
    double[] errors = points.heldOutErrors(points.fit());
    assertEquals(2, errors.length);
    assertEquals(50, errors[0], 1e-9);
  }
}
