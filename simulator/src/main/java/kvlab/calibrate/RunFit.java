package kvlab.calibrate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kvlab.design.Design;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestView;
import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.workload.InputException;
import kvlab.workload.RequestSource;
import kvlab.workload.Trace;

/**
 * Fits step times to a recorded serving run by replaying it: a file of requests with the times, in
 * seconds, at which the engine queued each ({@code queued_s}) and gave out its first and its last token
 * ({@code first_token_s}, {@code last_token_s}). Least squares on logarithms of two kinds, of one half of the
 * requests, judged on the other half:
 *
 * <ul>
 *   <li>how long each short stretch of steps took, in a replay that is held to the recording ({@link Lockstep});
 *   <li>E2E and TPOT in a replay that is not; always of the whole run, for no request is alone.
 * </ul>
 *
 * Free are the overheads per step and per sequence. With the roofline and where no kernels were measured
 * also one factor on each of three groups of constants: what memory moves for weights, what it moves for
 * keys and values, and arithmetic. With {@code profile:} the constants that no profile has.
 */
public final class RunFit {
  private static final double SCALE = 0.05;
  private static final double STEP =
      0.02; // schedules change in jumps; smaller shifts measure noise
  private static final double ENOUGH = 1e-7;
  private static final double ENOUGH_OF_SEVERAL = 1e-3; // starts
  private static final double NANOS = 1e9;
  private static final int RESIDUALS =
      5; // of a request: stretches to its queueing, first and last token; E2E, TPOT
  private static final int MOST_STEPS =
      4; // of a stretch: with more one step too many does not show
  private static final double MISCOUNTED =
      0.05; // logarithms beyond which a stretch counts less and less
  private static final double COUNTED =
      0.15; // and within which it has the recording's number of steps
  private static final double SHORTEST_NANOS = 1e6; // less is between two tokens of one step
  private static final long LEAD_NANOS =
      5_000_000; // a step that ends so much early still sees who came
  private static final String PROFILE = "profile:";

  /**
   * Constants that are multiplied by one factor.
   *
   * @param together the first leads
   * @param start where the leader's search begins; where no kernels were measured, if it is less there
   * @param unit in which the leader is searched: 1/50 of it makes a difference to a run
   */
  private record Free(List<Constant> together, double start, double unit) {
    Free(Constant alone, double start, double unit) {
      this(List.of(alone), start, unit);
    }

    Constant leader() {
      return together.get(0);
    }
  }

  private static final List<Free> OVERHEADS =
      List.of(new Free(Constant.STEP_NS, 5e5, 5e6), new Free(Constant.SEQUENCE_NS, 1e3, 1e5));
  private static final List<Free> ALL = Stream.concat(
          OVERHEADS.stream(),
          Stream.of(
              new Free(Constant.GEMM_BANDWIDTH, 0, 1),
              new Free(Constant.DECODE_BANDWIDTH, 0, 1),
              new Free(List.of(Constant.GEMM_COMPUTE, Constant.PREFILL_COMPUTE), 0, 1)))
      .toList();
  private static final List<Free> BESIDE_PROFILE = List.of(
      new Free(Constant.PROFILE_COLD_NS, 1e8, 1e9),
      new Free(Constant.PROFILE_STEP_NS, 1e5, 5e6),
      new Free(Constant.PROFILE_EAGER_NS, 5e4, 1e6),
      new Free(Constant.PROFILE_NARROW_NS, 1e4, 1e6),
      new Free(Constant.PROFILE_CLOCK, 1, 1),
      new Free(Constant.PROFILE_KEY_NS, 25, 200));
  private static final int STARTS =
      5; // with 1, 2, .. times the first constant: schedules have local minima

  private final Experiment experiment;
  private final Experiment early; // requests come in time for the step that first saw them
  private final Design design;
  private final Lockstep.Recording recording;
  private final double[] endToEnd; // [request] nanoseconds
  private final double[] perToken; // [request] nanoseconds; 0 for a single token
  private final boolean[] calibrates; // [request]

  private RunFit(
      Experiment experiment,
      Experiment early,
      Design design,
      Lockstep.Recording recording,
      double[] endToEnd,
      double[] perToken,
      boolean[] calibrates) {
    this.experiment = experiment;
    this.early = early;
    this.design = design;
    this.recording = recording;
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
    long[] earlier = new long[n];
    double[] queueds = new double[n];
    double[] firsts = new double[n];
    double[] lasts = new double[n];
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
      earlier[i] = Math.max(0, arrivals[i] - LEAD_NANOS);
      queueds[i] = arrivals[i];
      firsts[i] = first * NANOS;
      lasts[i] = last * NANOS;
      int output = trace.outputTokens(i);
      endToEnd[i] = (last - queued) * NANOS;
      perToken[i] = output > 1 ? (last - first) * NANOS / (output - 1) : 0;
      calibrates[i] = random.nextBoolean();
    }
    return new RunFit(
        with(asked, trace.arriving(arrivals), asked.stepTime()),
        with(asked, trace.arriving(earlier), asked.stepTime()),
        design,
        new Lockstep.Recording(trace, queueds, firsts, lasts),
        endToEnd,
        perToken,
        calibrates);
  }

  private static Experiment with(Experiment asked, RequestSource trace, String stepTime) {
    return new Experiment(
        trace,
        asked.designs(),
        asked.options(),
        asked.hardware(),
        asked.memory(),
        asked.maxModelTokens(),
        asked.overLength(),
        stepTime,
        asked.window());
  }

  /**
   * Fits, from these constants on. What is free depends on the experiment's step time: with {@code profile:}
   * what no profile of operators has, with the roofline what kernel times do not tell.
   *
   * @param kernelsKnown whether kernels were measured, so that only the overheads are free
   */
  public Calibration.Result fit(Constants base, boolean kernelsKnown) {
    List<Free> free = isByProfile() ? BESIDE_PROFILE : kernelsKnown ? OVERHEADS : ALL;
    int groups = free.size();
    double[] least = new double[groups];
    double[] most = new double[groups];
    double[] from = new double[groups];
    Constants start = base;
    for (int g = 0; g < groups; g++) {
      Constant leader = free.get(g).leader();
      double unit = free.get(g).unit();
      double first = free.get(g).start();
      start = start.with(leader, free == ALL ? Math.max(first, base.of(leader)) : first);
      least[g] = leader.least() / unit;
      most[g] = leader.most() / unit;
      from[g] = start.of(leader) / unit;
    }
    return fit(start, free, from, least, most);
  }

  private boolean isByProfile() {
    return experiment.stepTime().startsWith(PROFILE);
  }

  private Calibration.Result fit(
      Constants start, List<Free> free, double[] from, double[] least, double[] most) {
    LeastSquares.Residuals residuals = (x, r) -> residuals(with(start, free, x), r);
    int points = RESIDUALS * calibrates.length;
    int starts = free == ALL ? 1 : STARTS;
    double enough = free == ALL ? ENOUGH : ENOUGH_OF_SEVERAL;
    LeastSquares problem = new LeastSquares(residuals, points, least, most, SCALE, STEP, enough);
    LeastSquares.Minimum minimum = problem.from(from);
    for (int further = 1; further < starts; further++) {
      double[] another = from.clone();
      another[0] *= 1 + further;
      LeastSquares.Minimum its = problem.from(another);
      minimum = its.cost() < minimum.cost() ? its : minimum;
    }
    Constants fitted = with(start, free, minimum.variables());
    List<Lockstep.Stretch> stretches = stretches(fitted);
    Replayed replayed = replay(fitted);
    List<Calibration.Part> parts = new ArrayList<>();
    parts.add(part("decode steps", stretches, false));
    parts.add(part("prompt steps", stretches, true));
    parts.add(part("E2E", replayed.endToEnd, endToEnd));
    parts.add(part("TPOT", replayed.perToken, perToken));
    return new Calibration.Result(fitted, parts);
  }

  private void residuals(Constants constants, double[] r) {
    Arrays.fill(r, 0);
    int[] next = new int[calibrates.length];
    for (Lockstep.Stretch one : stretches(constants)) {
      if (calibrates[one.request()]) {
        int at = RESIDUALS * one.request() + next[one.request()]++;
        r[at] = bounded(logarithm(one));
      }
    }
    Replayed replayed = replay(constants);
    for (int i = 0; i < calibrates.length; i++) {
      if (calibrates[i]) {
        int at = RESIDUALS * (i + 1);
        r[at - 2] = StrictMath.log(replayed.endToEnd[i] / endToEnd[i]);
        r[at - 1] = perToken[i] > 0 ? StrictMath.log(replayed.perToken[i] / perToken[i]) : 0;
      }
    }
  }

  /**
   * A stretch that has another number of steps in the replay than it had says nothing of their time, so the
   * more it is off the less it counts (Geman and McClure, Bull. Int. Stat. Inst. 52(4), 1987).
   */
  private static double bounded(double off) {
    return off / Math.sqrt(1 + off * off / (MISCOUNTED * MISCOUNTED));
  }

  private static double logarithm(Lockstep.Stretch one) {
    return StrictMath.log(one.predictedNanos() / one.measuredNanos());
  }

  /** Writes the stretches that these constants are judged on, with the last step's batch. */
  public void writeStretches(Constants constants, Path file) throws IOException {
    StringBuilder text = new StringBuilder(
        "ends_with,fitted,steps,prompts,tokens,decodes,context,longest,measured_ms,predicted_ms\n");
    for (Lockstep.Stretch one : stretches(constants)) {
      text.append(String.format(
          Locale.ROOT,
          "%d,%s,%d,%s,%d,%d,%d,%d,%.6f,%.6f\n",
          one.request(),
          calibrates[one.request()],
          one.steps(),
          one.hasPrompt(),
          one.tokens(),
          one.decodes(),
          one.context(),
          one.longest(),
          one.measuredNanos() / 1e6,
          one.predictedNanos() / 1e6));
    }
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  private List<Lockstep.Stretch> stretches(Constants constants) {
    Experiment held = with(early, early.trace(), text(constants));
    Lockstep lockstep = new Lockstep(recording);
    new DesignRun(held, design).runUnder(lockstep::over, List.of(lockstep));
    return lockstep.stretches().stream()
        .filter(one -> one.measuredNanos() >= SHORTEST_NANOS && one.steps() <= MOST_STEPS)
        .toList();
  }

  private Calibration.Part part(String name, List<Lockstep.Stretch> all, boolean hasPrompt) {
    List<Lockstep.Stretch> some =
        all.stream().filter(one -> one.hasPrompt() == hasPrompt).toList();
    return new Calibration.Part(
        name, design.name() + " held to the run", errors(some, true), errors(some, false));
  }

  private Errors errors(List<Lockstep.Stretch> some, boolean side) {
    List<Lockstep.Stretch> half = some.stream()
        .filter(one -> calibrates[one.request()] == side)
        .filter(one -> Math.abs(logarithm(one)) < COUNTED)
        .toList();
    return Errors.of(
        half.stream().mapToDouble(Lockstep.Stretch::predictedNanos).toArray(),
        half.stream().mapToDouble(Lockstep.Stretch::measuredNanos).toArray());
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

  private static Constants with(Constants start, List<Free> free, double[] variables) {
    Constants constants = start;
    for (int g = 0; g < variables.length; g++) {
      Constant leader = free.get(g).leader();
      double led = variables[g] * free.get(g).unit();
      constants = within(constants, leader, led);
      for (Constant other : free.get(g).together()) {
        if (other != leader) {
          constants = within(constants, other, start.of(other) * led / start.of(leader));
        }
      }
    }
    return constants;
  }

  private static Constants within(Constants constants, Constant one, double value) {
    return constants.with(one, Math.min(one.most(), Math.max(one.least(), value)));
  }

  private String text(Constants constants) {
    return Arrays.stream(Constant.values())
        .filter(one -> one.isOfProfile() == isByProfile())
        .map(one -> one.nameThere() + "=" + constants.of(one))
        .collect(
            Collectors.joining(",", isByProfile() ? experiment.stepTime() + "," : "roofline:", ""));
  }

  /** Nanoseconds per request of the trace. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Replayed(double[] endToEnd, double[] perToken) {}

  private Replayed replay(Constants constants) {
    Experiment one = with(experiment, experiment.trace(), text(constants));
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
