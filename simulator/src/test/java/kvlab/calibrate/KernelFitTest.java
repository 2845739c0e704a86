package kvlab.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.Device;
import org.junit.jupiter.api.Test;

/** Times made from known constants give those constants back, and are predicted exactly. */
final class KernelFitTest {
  private static final Device DEVICE = new Device(2000, 300_000, 40e6, 108);
  private static final Constants TRUE = Constants.least()
      .with(Constant.GEMM_LAUNCH_NS, 2500)
      .with(Constant.GEMM_BANDWIDTH, 0.71)
      .with(Constant.GEMM_COMPUTE, 0.63)
      .with(Constant.GEMM_LOOP_NS, 450)
      .with(Constant.GEMM_SPLIT_NS, 1500)
      .with(Constant.DECODE_LAUNCH_NS, 6000)
      .with(Constant.DECODE_BANDWIDTH, 0.83)
      .with(Constant.DECODE_KEY_NS, 21)
      .with(Constant.DECODE_BLOCK_NS, 2500)
      .with(Constant.DECODE_COMBINE_NS, 4000)
      .with(Constant.DECODE_GROUP, 0.06)
      .with(Constant.PREFILL_LAUNCH_NS, 7000)
      .with(Constant.PREFILL_BANDWIDTH, 0.4)
      .with(Constant.PREFILL_COMPUTE, 0.55)
      .with(Constant.PREFILL_BLOCK_NS, 2200);

  static Points made(Operator operator, List<double[]> x) {
    double[][] points = x.toArray(double[][]::new);
    Points blank = new Points(operator, "made", points, new double[points.length]);
    return new Points(operator, "made", points, KernelFit.predict(blank, DEVICE, TRUE));
  }

  static Points products() {
    List<double[]> x = new ArrayList<>();
    for (double m : new double[] {1, 16, 64, 100, 256, 1000, 4096}) {
      for (double n : new double[] {64, 1024, 4096, 6000, 28672}) {
        for (double k : new double[] {64, 512, 4096, 14336}) {
          x.add(new double[] {m, n, k, 2});
        }
      }
    }
    return made(Operator.GEMM, x);
  }

  static Points decodes() {
    List<double[]> x = new ArrayList<>();
    for (double sequences : new double[] {1, 4, 20, 64, 300}) {
      for (double context : new double[] {16, 100, 1000, 5000, 40000}) {
        for (double heads : new double[] {8, 32, 64}) {
          x.add(new double[] {sequences, context, heads, 8, 128, 2});
          x.add(new double[] {sequences, context, heads, 1, 128, 2});
        }
      }
    }
    return made(Operator.DECODE, x);
  }

  static Points prefills() {
    List<double[]> x = new ArrayList<>();
    for (double sequences : new double[] {1, 4, 32}) {
      for (double tokens : new double[] {1, 16, 200, 1024, 8192}) {
        for (double past : new double[] {0, 500, 4000}) {
          x.add(new double[] {sequences, tokens, past, 32, 8, 128, 2});
          x.add(new double[] {sequences, tokens, past, 8, 8, 128, 2});
        }
      }
    }
    return made(Operator.PREFILL, x);
  }

  @Test
  void recoversTheConstantsOfMadeTimes() {
    for (Points points : List.of(products(), decodes(), prefills())) {
      Constants fitted = KernelFit.fit(
              points, DEVICE, Start.of(DEVICE, 1600, 240_000), KernelFit.MOST_POINTS)
          .constants();
      for (Constant constant : points.operator().constants()) {
        assertEquals(1, fitted.of(constant) / TRUE.of(constant), 0.02, constant.toString());
      }
      points.operator().either().ifPresent(one -> assertEquals(TRUE.of(one), fitted.of(one)));
      Errors errors = Errors.of(KernelFit.predict(points, DEVICE, fitted), points.nanos());
      assertTrue(errors.max() < 1, errors.text());
    }
  }

  @Test
  void halvesAreDisjointAndRepeatedPointsStayTogether() {
    Points twice = Points.joined("twice", List.of(products(), products()));
    Points.Halves halves = twice.halves(7);
    assertEquals(twice.size(), halves.calibration().size() + halves.judged().size());
    assertTrue(halves.calibration().size() > twice.size() / 3, "seed 7");
    for (double[] x : halves.calibration().x()) {
      for (double[] other : halves.judged().x()) {
        assertTrue(!java.util.Arrays.equals(x, other), java.util.Arrays.toString(x));
      }
    }
  }

  @Test
  void errorsAreShareOfTheMeasurement() {
    Errors errors = Errors.of(new double[] {110, 95, 200}, new double[] {100, 100, 200});
    assertEquals(5, errors.mape(), 1e-9);
    assertEquals(10, errors.max(), 1e-9);
    assertEquals(10, errors.p95(), 1e-9);
  }

  @Test
  void theCorrectionIsTheErrorOfThePointsNearby() {
    Points points = products();
    double[] half = new double[points.size()];
    for (int i = 0; i < half.length; i++) {
      half[i] = points.nanos()[i] / 2;
    }
    Correction correction = new Correction(points, half);
    assertEquals(2, correction.factor(new double[] {33, 777, 3000, 2}), 1e-9);
  }
}
