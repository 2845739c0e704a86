package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/**
 * Measured points of one part with their features. Every other one calibrates a model, the rest are
 * predicted by it: no point is predicted by a model that has seen it.
 */
final class Points {
  /**
   * One point.
   *
   * @param label its coordinates, values separated by commas
   * @param features what the model sees
   * @param micros measured
   */
  @SuppressWarnings("ArrayRecordComponent") // points are never compared
  record Point(String label, double[] features, double micros) {}

  private static final double MEAN = 5; // most that errors may be
  private static final double P95 = 10;
  private static final double LARGEST = 15;
  private static final double SMALL = 2;

  private final String columns;
  private final List<Point> all = new ArrayList<>();

  /** Points whose labels have these columns. */
  Points(String columns) {
    this.columns = columns;
  }

  void add(String label, double micros, double... features) {
    all.add(new Point(label, features, micros));
  }

  List<Point> all() {
    return all;
  }

  static boolean isHeldOut(int index) {
    return index % 2 == 1;
  }

  /** The same in an order without pattern, so that calibration and held-out points are alike. */
  Points shuffled() {
    Points shuffled = new Points(columns);
    shuffled.all.addAll(all);
    SplittableRandom random = new SplittableRandom(13);
    for (int i = all.size() - 1; i > 0; i--) {
      Collections.swap(shuffled.all, i, random.nextInt(i + 1));
    }
    return shuffled;
  }

  /** The points that calibrate. */
  List<Point> calibration() {
    return IntStream.range(0, all.size())
        .filter(i -> !isHeldOut(i))
        .mapToObj(all::get)
        .toList();
  }

  /** The linear model of the points that calibrate. */
  Fit fit() {
    return linear(calibration());
  }

  static Fit linear(List<Point> points) {
    return Fit.of(
        points.stream().map(Point::features).toList(),
        points.stream().map(Point::micros).toList());
  }

  /** The median, over the points that calibrate, of what was measured beyond the first feature. */
  double medianBeyond() {
    double[] beyond = calibration().stream()
        .mapToDouble(point -> point.micros() - point.features()[0])
        .sorted()
        .toArray();
    return beyond.length == 0 ? 0 : beyond[beyond.length / 2];
  }

  /** Relative errors in percent of the held-out points, absolute values, smallest first. */
  double[] heldOutErrors(Model model) {
    List<Double> errors = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      if (isHeldOut(i)) {
        Point point = all.get(i);
        double error = (model.predict(point.features()) - point.micros()) / point.micros();
        errors.add(100 * Math.abs(error));
      }
    }
    return errors.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  /**
   * The findings of a latency model over the held-out points: mean, 95th percentile and largest error.
   *
   * @param smallMicros points below it are not among them; of those the largest error in microseconds
   */
  List<Finding> judge(String part, String what, double smallMicros, Model model) {
    List<Double> errors = new ArrayList<>();
    double small = 0;
    for (int i = 0; i < all.size(); i++) {
      Point point = all.get(i);
      if (isHeldOut(i)) {
        double error = Math.abs(model.predict(point.features()) - point.micros());
        if (point.micros() < smallMicros) {
          small = Math.max(small, error);
        } else {
          errors.add(100 * error / point.micros());
        }
      }
    }
    double[] sorted = errors.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int last = sorted.length - 1;
    double mean = Arrays.stream(sorted).average().orElse(Double.NaN);
    List<Finding> findings = new ArrayList<>();
    findings.add(error(part, what + ": mean error", "%", mean, MEAN));
    findings.add(error(
        part, what + ": p95 error", "%", last < 0 ? Double.NaN : sorted[(int) (0.95 * last)], P95));
    findings.add(
        error(part, what + ": largest error", "%", last < 0 ? Double.NaN : sorted[last], LARGEST));
    if (smallMicros > 0) {
      String below = String.format(Locale.ROOT, ": largest error below %.0f us", smallMicros);
      findings.add(error(part, what + below, "us", small, SMALL));
    }
    return findings;
  }

  private static Finding error(String part, String what, String unit, double error, double most) {
    return new Finding(part, what, unit, 0, error, error, most);
  }

  /** Writes one line per point. */
  void write(Path file, Model model) throws IOException {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add(columns + ",use,predicted_us,measured_us");
    for (int i = 0; i < all.size(); i++) {
      Point point = all.get(i);
      lines.add(String.format(
          Locale.ROOT,
          "%s,%s,%.3f,%.3f",
          point.label(),
          isHeldOut(i) ? "held-out" : "calibration",
          model.predict(point.features()),
          point.micros()));
    }
    Files.writeString(file, lines.toString());
  }
}
