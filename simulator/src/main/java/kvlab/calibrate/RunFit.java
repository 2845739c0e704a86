package kvlab.calibrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import kvlab.design.Design;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestView;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.workload.InputException;
import kvlab.workload.Trace;

/**
 * Fits the roofline to a recorded serving run by replaying it: a file of requests with the times, in
 * seconds, at which the engine queued each ({@code queued_s}) and gave out its first and its last token
 * ({@code first_token_s}, {@code last_token_s}). Least squares on the logarithms of E2E and TPOT of one half
 * of the requests, judged on the other half; the whole run is replayed each time, for no request is alone.
 *
 * <p>Free are the overheads per step and per sequence and, where no kernels were measured, one factor on
 * each of three groups of constants: what memory moves for weights, what it moves for keys and values, and
 * arithmetic. A run says no more about single kernels.
 */
public final class RunFit {
  private static final double SCALE = 0.05;
  private static final double STEP =
      0.02; // schedules change in jumps; smaller shifts measure noise
  private static final double NANOS = 1e9;
  private static final List<List<Constant>> OVERHEADS =
      List.of(List.of(Constant.STEP_NS), List.of(Constant.SEQUENCE_NS));
  private static final List<List<Constant>> ALL = List.of(
      List.of(Constant.STEP_NS),
      List.of(Constant.SEQUENCE_NS),
      List.of(Constant.GEMM_BANDWIDTH),
      List.of(Constant.DECODE_BANDWIDTH),
      List.of(Constant.GEMM_COMPUTE, Constant.PREFILL_COMPUTE));
  private static final double LEAST_OVERHEAD_NS = 100;
  private static final double MOST_OVERHEAD_NS = 1e8;
  private static final double START_STEP_NS = 1e6;
  private static final double START_SEQUENCE_NS = 5e3;

  private final Experiment experiment;
  private final Design design;
  private final double[] endToEnd; // [request] nanoseconds
  private final double[] perToken; // [request] nanoseconds; 0 for a single token
  private final boolean[] calibrates; // [request]

  private RunFit(
      Experiment experiment,
      Design design,
      double[] endToEnd,
      double[] perToken,
      boolean[] calibrates) {
    this.experiment = experiment;
    this.design = design;
    this.endToEnd = endToEnd;
    this.perToken = perToken;
    this.calibrates = calibrates;
  }

  /**
   * A recorded run.
   *
   * @param asked the experiment that repeats it; its arrivals are replaced by those recorded
   * @param design the engine that served it
   */
  public static RunFit open(Path file, Experiment asked, Design design, long seed) {
    CsvTable table = CsvTable.read(file);
    Trace trace = Trace.of(asked.trace());
    if (!table.hasAll(List.of("queued_s", "first_token_s", "last_token_s"))
        || table.rows() != trace.size()) {
      throw new InputException(file + ": no recorded run; a row for each request needs the columns"
          + " queued_s,first_token_s,last_token_s");
    }
    int n = table.rows();
    long[] arrivals = new long[n];
    double[] endToEnd = new double[n];
    double[] perToken = new double[n];
    boolean[] calibrates = new boolean[n];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < n; i++) {
      double queued = table.number(i, "queued_s", 0);
      double first = table.number(i, "first_token_s", queued);
      double last = table.number(i, "last_token_s", first);
      arrivals[i] = Math.round(queued * NANOS);
      if (i > 0 && arrivals[i] < arrivals[i - 1]) {
        throw table.broken(i, "queued_s is before that of the row in front of it");
      }
      int output = trace.outputTokens(i);
      endToEnd[i] = (last - queued) * NANOS;
      perToken[i] = output > 1 ? (last - first) * NANOS / (output - 1) : 0;
      calibrates[i] = random.nextBoolean();
    }
    Experiment recorded = new Experiment(
        trace.arriving(arrivals),
        asked.designs(),
        asked.options(),
        asked.hardware(),
        asked.memory(),
        asked.maxModelTokens(),
        asked.overLength(),
        asked.stepTime(),
        asked.window());
    return new RunFit(recorded, design, endToEnd, perToken, calibrates);
  }

  /**
   * Fits, from these constants on.
   *
   * @param kernelsKnown whether kernels were measured, so that only the overheads are free
   */
  public Calibration.Result fit(Constants base, boolean kernelsKnown) {
    List<List<Constant>> free = kernelsKnown ? OVERHEADS : ALL;
    int groups = free.size();
    double[] least = new double[groups];
    double[] most = new double[groups];
    double[] from = new double[groups];
    Constants start = base.with(
            Constant.STEP_NS, Math.max(START_STEP_NS, base.of(Constant.STEP_NS)))
        .with(Constant.SEQUENCE_NS, Math.max(START_SEQUENCE_NS, base.of(Constant.SEQUENCE_NS)));
    for (int g = 0; g < groups; g++) {
      Constant lead = free.get(g).get(0);
      boolean overhead = lead == Constant.STEP_NS || lead == Constant.SEQUENCE_NS;
      least[g] = StrictMath.log(overhead ? LEAST_OVERHEAD_NS : lead.least());
      most[g] = StrictMath.log(overhead ? MOST_OVERHEAD_NS : lead.most());
      from[g] = StrictMath.log(start.of(lead));
    }
    LeastSquares.Residuals residuals = (x, r) -> {
      Replayed replayed = replay(with(start, free, x));
      int at = 0;
      for (int i = 0; i < calibrates.length; i++) {
        if (calibrates[i]) {
          r[at++] = StrictMath.log(replayed.endToEnd[i] / endToEnd[i]);
          r[at++] = perToken[i] > 0 ? StrictMath.log(replayed.perToken[i] / perToken[i]) : 0;
        }
      }
    };
    int points = 0;
    for (boolean one : calibrates) {
      points += one ? 2 : 0;
    }
    LeastSquares.Minimum minimum =
        new LeastSquares(residuals, points, least, most, SCALE, STEP).from(from);
    Constants fitted = with(start, free, minimum.variables());
    Replayed replayed = replay(fitted);
    List<Calibration.Part> parts = new ArrayList<>();
    parts.add(part("E2E", replayed.endToEnd, endToEnd));
    parts.add(part("TPOT", replayed.perToken, perToken));
    return new Calibration.Result(fitted, parts);
  }

  private Calibration.Part part(String name, double[] predicted, double[] measured) {
    return new Calibration.Part(
        name,
        design.name() + " replay",
        errors(predicted, measured, true),
        errors(predicted, measured, false));
  }

  private Errors errors(double[] predicted, double[] measured, boolean side) {
    double[] p = new double[measured.length];
    double[] m = new double[measured.length];
    int n = 0;
    for (int i = 0; i < measured.length; i++) {
      if (calibrates[i] == side && measured[i] > 0) {
        p[n] = predicted[i];
        m[n++] = measured[i];
      }
    }
    return Errors.of(Arrays.copyOf(p, n), Arrays.copyOf(m, n));
  }

  private static Constants with(Constants start, List<List<Constant>> free, double[] logs) {
    Constants constants = start;
    for (int g = 0; g < logs.length; g++) {
      Constant lead = free.get(g).get(0);
      double factor = StrictMath.exp(logs[g]) / start.of(lead);
      for (Constant one : free.get(g)) {
        double value = start.of(one) * factor;
        constants = constants.with(one, Math.min(one.most(), Math.max(one.least(), value)));
      }
    }
    return constants;
  }

  /** Nanoseconds per request of the trace. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Replayed(double[] endToEnd, double[] perToken) {}

  private Replayed replay(Constants constants) {
    String text = Arrays.stream(Constant.values())
        .map(one -> one + "=" + constants.of(one))
        .collect(Collectors.joining(",", "roofline:", ""));
    Experiment one = new Experiment(
        experiment.trace(),
        experiment.designs(),
        experiment.options(),
        experiment.hardware(),
        experiment.memory(),
        experiment.maxModelTokens(),
        experiment.overLength(),
        text,
        experiment.window());
    double[] ends = new double[endToEnd.length];
    double[] gaps = new double[endToEnd.length];
    new DesignRun(one, design).run(List.of(new Probe() {
      @Override
      public void onFinish(RequestView request) {
        int i = (int) request.sequence();
        ends[i] = request.finishNanos() - request.arrivalNanos();
        gaps[i] = (double) (request.finishNanos() - request.firstTokenNanos())
            / Math.max(1, request.outputTokens() - 1);
      }
    }));
    for (int i = 0; i < ends.length; i++) {
      if (ends[i] == 0) {
        throw new InputException(
            "request " + i + " of the recorded run does not finish when replayed:"
                + " pages or limits are not those of the recording");
      }
    }
    return new Replayed(ends, gaps);
  }
}
