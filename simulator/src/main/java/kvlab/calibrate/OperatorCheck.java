package kvlab.calibrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import kvlab.step.Constants;
import kvlab.step.Device;
import kvlab.workload.InputException;

/**
 * Predicts the one half of a table of kernel times from the other. Two predictions: the roofline with
 * constants fitted to the calibration half, and the same times a {@link Correction} learned from that
 * half. Rows of different kernels and KV types are fitted apart, unless there are too few of them.
 *
 * <p>The GPU need not be known: with nominal rates far above any GPU's, the fitted shares times them
 * are the rates reached, and a count of multiprocessors that is a third off costs little.
 */
public final class OperatorCheck {
  /** Fewest points of one kind that are fitted on their own, and that a file must have. */
  static final int FEWEST_POINTS = 40;

  private static final double FASTEST_BYTES_PER_NANO = 100_000;
  private static final double FASTEST_FLOPS_PER_NANO = 100_000_000;

  /** A GPU of 2 TB/s and 300 TFLOPS, whose kernels take microseconds to start. */
  private static final Constants START =
      Start.of(new Device(FASTEST_BYTES_PER_NANO, FASTEST_FLOPS_PER_NANO, 1, 1), 2000, 300_000);

  private final Device device;
  private final long seed;

  /** Checks tables of a GPU with so many multiprocessors. */
  public OperatorCheck(int multiprocessors, long seed) {
    this.device = new Device(FASTEST_BYTES_PER_NANO, FASTEST_FLOPS_PER_NANO, 1, multiprocessors);
    this.seed = seed;
  }

  /**
   * The points of one operator of a file that were held back, and how they were predicted.
   *
   * @param fitted points that it was calibrated on
   */
  public record Verdict(
      Path file,
      Operator operator,
      int fitted,
      List<Judged> judged,
      Errors constantsOnly,
      Errors corrected) {
    public boolean passes() {
      return corrected.mape() <= operator.target();
    }

    /** The kind of point that is predicted worst: of all powers of two of one coordinate. */
    public String worstAt() {
      String worst = "";
      double most = 0;
      for (int c = 0; c < operator.coordinates().size(); c++) {
        int coordinate = c;
        Map<Integer, List<Judged>> slices = new LinkedHashMap<>();
        for (Judged one : judged) {
          int power = 31 - Integer.numberOfLeadingZeros((int) one.x()[coordinate]);
          slices.computeIfAbsent(power, unseen -> new ArrayList<>()).add(one);
        }
        for (Map.Entry<Integer, List<Judged>> slice : slices.entrySet()) {
          List<Judged> points = slice.getValue();
          double mean = points.stream().mapToDouble(Judged::error).average().orElse(0);
          if (points.size() * 20 >= judged.size() && slices.size() > 1 && mean > most) {
            most = mean;
            double least =
                points.stream().mapToDouble(p -> p.x()[coordinate]).min().orElse(0);
            double largest =
                points.stream().mapToDouble(p -> p.x()[coordinate]).max().orElse(0);
            worst = String.format(
                Locale.ROOT,
                least == largest ? "%s=%.0f: %4$.1f%%" : "%s=%.0f..%.0f: %.1f%%",
                operator.coordinates().get(coordinate),
                least,
                largest,
                mean);
          }
        }
      }
      return worst;
    }
  }

  /** One held-out point: its coordinates, and nanoseconds measured and predicted. */
  @SuppressWarnings("ArrayRecordComponent") // a row of the table, never compared
  public record Judged(
      String label, double[] x, double measured, double constantsOnly, double corrected) {
    /** Of the corrected prediction, in percent. */
    double error() {
      return 100 * Math.abs(corrected / measured - 1);
    }
  }

  /** One verdict for each operator in the file. */
  public List<Verdict> check(Path file) {
    Map<Operator, List<Points>> kinds = new LinkedHashMap<>();
    for (Points points : OperatorTable.read(file)) {
      kinds.computeIfAbsent(points.operator(), unseen -> new ArrayList<>()).add(points);
    }
    List<Verdict> verdicts = new ArrayList<>();
    kinds.forEach((operator, kindsOfIt) -> {
      List<Points> groups = groups(kindsOfIt);
      if (!groups.isEmpty()) {
        verdicts.add(check(file, operator, groups));
      }
    });
    if (verdicts.isEmpty()) {
      throw new InputException(file + ": fewer than " + FEWEST_POINTS + " points of any operator");
    }
    return verdicts;
  }

  /** Kinds with too few points are taken together; too few of all kinds are left out. */
  private static List<Points> groups(List<Points> kinds) {
    List<Points> groups = new ArrayList<>();
    List<Points> small = new ArrayList<>();
    for (Points kind : kinds) {
      (kind.size() < FEWEST_POINTS ? small : groups).add(kind);
    }
    if (!small.isEmpty()) {
      Points rest = Points.joined("rest", small);
      if (rest.size() >= FEWEST_POINTS) {
        groups.add(rest);
      }
    }
    return groups;
  }

  private Verdict check(Path file, Operator operator, List<Points> groups) {
    List<Judged> judged = new ArrayList<>();
    int fitted = 0;
    for (Points group : groups) {
      Points.Halves halves = group.halves(seed);
      Constants constants = KernelFit.fit(
              halves.calibration(), device, START, KernelFit.MOST_POINTS)
          .constants();
      fitted += halves.calibration().size();
      judged.addAll(judge(halves, constants));
    }
    double[] measured = judged.stream().mapToDouble(Judged::measured).toArray();
    return new Verdict(
        file,
        operator,
        fitted,
        judged,
        Errors.of(judged.stream().mapToDouble(Judged::constantsOnly).toArray(), measured),
        Errors.of(judged.stream().mapToDouble(Judged::corrected).toArray(), measured));
  }

  private List<Judged> judge(Points.Halves halves, Constants constants) {
    Points calibration = halves.calibration();
    Points points = halves.judged();
    Correction correction =
        new Correction(calibration, KernelFit.predict(calibration, device, constants));
    double[] plain = KernelFit.predict(points, device, constants);
    return IntStream.range(0, points.size())
        .parallel()
        .mapToObj(i -> new Judged(
            points.label(),
            points.x()[i],
            points.nanos()[i],
            plain[i],
            plain[i] * correction.factor(points.x()[i])))
        .toList();
  }
}
