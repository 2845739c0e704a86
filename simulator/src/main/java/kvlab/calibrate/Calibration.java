package kvlab.calibrate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvlab.capacity.Model;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.Device;

/**
 * Fits the roofline's constants of a GPU to measured kernel times: to one half of the points of each
 * operator, judged on the other. Where an operator has rows of several kernels or KV types, those of
 * 16 bits that are most numerous are fitted, for the roofline knows one kernel of each operator.
 */
public final class Calibration {
  private final Device device;
  private final long seed;

  public Calibration(Device device, long seed) {
    this.device = device;
    this.seed = seed;
  }

  /**
   * What was fitted of one operator.
   *
   * @param operator or another kind of measurement
   * @param label the kind of rows taken
   * @param fit errors on the points fitted to
   * @param heldOut errors on the others
   */
  public record Part(String operator, String label, Errors fit, Errors heldOut) {}

  /** Constants with those of the operators measured replaced, and a part for each of those. */
  public record Result(Constants constants, List<Part> parts) {}

  /**
   * The points in a file or folder: an operator table, or a folder of them, or a folder of a model's
   * measured layers.
   */
  public static List<Points> read(Path path, Model model, int tensorParallel) {
    if (!Files.isDirectory(path)) {
      return OperatorTable.read(path);
    }
    if (LayerProfile.isIn(path)) {
      return LayerProfile.read(path, model, tensorParallel);
    }
    List<Points> all = new ArrayList<>();
    OperatorTable.in(path).forEach(file -> all.addAll(OperatorTable.read(file)));
    return all;
  }

  /** Fits to the points; the constants of what was not measured stay. */
  public Result fit(List<Points> all, Constants base) {
    Map<String, List<Points>> kinds = new LinkedHashMap<>();
    for (Points points : all) {
      String kind = points.operator() + " " + points.label();
      kinds.computeIfAbsent(kind, unseen -> new ArrayList<>()).add(points);
    }
    List<Points> joined = kinds.values().stream()
        .map(same -> Points.joined(same.get(0).label(), same))
        .toList();
    Map<Operator, Points> chosen = new LinkedHashMap<>();
    for (Operator operator : Operator.values()) {
      joined.stream()
          .filter(points -> points.operator() == operator)
          .filter(points -> points.size() >= OperatorCheck.FEWEST_POINTS)
          .max(Comparator.<Points>comparingInt(points -> isWide(points) ? 1 : 0)
              .thenComparingInt(Points::size))
          .ifPresent(points -> chosen.put(operator, points));
    }
    Constants start = Start.of(device, 0.8 * device.bytesPerNano(), 0.8 * device.flopsPerNano());
    Constants constants = base;
    List<Part> parts = new ArrayList<>();
    for (Points points : chosen.values()) {
      Points.Halves halves = points.halves(seed);
      for (Constant constant : points.operator().constants()) {
        constants = constants.with(constant, start.of(constant));
      }
      constants = KernelFit.fit(halves.calibration(), device, constants, KernelFit.MOST_POINTS)
          .constants();
      parts.add(new Part(
          points.operator().toString(),
          points.label(),
          errors(halves.calibration(), constants),
          errors(halves.judged(), constants)));
    }
    return new Result(constants, parts);
  }

  private Errors errors(Points points, Constants constants) {
    return Errors.of(KernelFit.predict(points, device, constants), points.nanos());
  }

  /** Whether elements have 16 bits; the last coordinate of every operator is their bytes. */
  private static boolean isWide(Points points) {
    double[] x = points.x()[0];
    return x[x.length - 1] == 2;
  }
}
