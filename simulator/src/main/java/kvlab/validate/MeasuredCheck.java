package kvlab.validate;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import kvlab.metrics.Distribution;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepView;
import kvlab.sched.Requests;
import kvlab.step.StepClock;
import kvlab.study.DesignResult;
import kvlab.study.DesignRun;
import kvlab.study.Experiment;
import kvlab.validate.MeasuredRun.Tick;
import kvlab.validate.MeasuredRun.Times;
import kvlab.workload.InputException;

/**
 * Repeats a recorded run and sets what was measured beside what is predicted, both by the engine's own
 * clock: TTFT from the moment the scheduler takes note of a request, TPOT over its tokens but the first, E2E
 * to its last token. Over time it is vLLM's log line: the state when a step has been processed and the next
 * has not been scheduled, or the one after it where a step is scheduled while the one before runs; KV use as
 * {@code 1 - free / (pages - 1)}, pages that are only cached being free.
 */
public final class MeasuredCheck {
  /**
   * One figure of both.
   *
   * @param unit {@code s}, {@code ms}, {@code requests} or {@code %}
   */
  public record Figure(String name, String unit, double measured, double predicted) {
    /** Percent of the measured value; of a share in percent, points. */
    public double error() {
      return unit.equals("%") ? predicted - measured : 100 * (predicted / measured - 1);
    }
  }

  /** A request of both. */
  record Request(long id, Times measured, Times predicted) {}

  /** A moment of both. */
  record Moment(Tick measured, Tick predicted) {}

  /**
   * What came of it.
   *
   * @param engineMillis processor time of the replay, the clock and files apart: the first, and the least of
   *     several; for a person, it is in no file
   * @param notes what was assumed, and what to know of the step times
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Outcome(
      String name,
      String stepTime,
      List<Figure> figures,
      List<Request> requests,
      List<Moment> moments,
      double[] engineMillis,
      List<String> notes) {
    /** The figure furthest off. */
    public Figure worst() {
      Figure worst = figures.get(0);
      for (Figure figure : figures) {
        worst = Math.abs(figure.error()) > Math.abs(worst.error()) ? figure : worst;
      }
      return worst;
    }
  }

  private static final double[] QUANTILES = {0.5, 0.9, 0.95, 0.99};

  private static final double WARM_MILLIS = 400; // of replays, after which code is compiled

  private MeasuredCheck() {}

  /** Repeats the run in the folder; empty arguments leave to the recording what it says. */
  public static Outcome check(
      Path folder,
      Optional<String> model,
      Optional<String> gpu,
      OptionalInt pages,
      Optional<String> stepTime,
      Map<String, String> options) {
    MeasuredRun run = MeasuredRun.open(folder);
    MeasuredSetup setup =
        new MeasuredSetup(run, new MeasuredSetup.Overrides(model, gpu, pages, stepTime, options));
    Experiment experiment = setup.experiment();
    DesignRun replay = new DesignRun(experiment, experiment.designs().get(0));
    Recorder recorder = new Recorder(run, setup.isAhead());
    Stopwatch stopwatch = new Stopwatch();
    DesignResult result = replay.runUnder(stopwatch::start, List.of(recorder));
    double first = stopwatch.stop();
    double least = first;
    for (double spent = first; spent < WARM_MILLIS; ) {
      replay.runUnder(stopwatch::start, List.of(new Recorder(run, setup.isAhead())));
      double millis = stopwatch.stop();
      least = Math.min(least, millis);
      spent += Math.max(1, millis);
    }
    List<String> notes = new ArrayList<>(setup.notes());
    if (!result.stepTimeRemark().isEmpty()) {
      notes.add(result.stepTimeRemark());
    }
    List<Moment> moments = recorder.moments();
    return new Outcome(
        run.name(),
        experiment.stepTime(),
        figures(recorder.requests, moments),
        recorder.requests,
        moments,
        new double[] {first, least},
        notes);
  }

  /** Processor time from when the engine has its clock. */
  private static final class Stopwatch {
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private long fromNanos;

    StepClock start(StepClock clock, Requests requests) {
      fromNanos = threads.getCurrentThreadCpuTime();
      return clock;
    }

    double stop() {
      return (threads.getCurrentThreadCpuTime() - fromNanos) / 1e6;
    }
  }

  private static List<Figure> figures(List<Request> requests, List<Moment> moments) {
    List<Figure> figures = new ArrayList<>();
    latency(figures, "TTFT", "s", 1, requests, Times::ttftSeconds);
    latency(figures, "TPOT", "ms", 1e3, requests, Times::tpotSeconds);
    latency(figures, "E2E", "s", 1, requests, Times::endToEndSeconds);
    double measuredEnd = 0;
    double predictedEnd = 0;
    for (Request request : requests) {
      measuredEnd = Math.max(measuredEnd, request.measured().lastTokenNanos() / 1e9);
      predictedEnd = Math.max(predictedEnd, request.predicted().lastTokenNanos() / 1e9);
    }
    figures.add(new Figure("makespan", "s", measuredEnd, predictedEnd));
    if (!moments.isEmpty()) {
      figures.add(new Figure(
          "running mean",
          "requests",
          moments.stream().mapToDouble(m -> m.measured().running()).average().orElse(0),
          moments.stream().mapToDouble(m -> m.predicted().running()).average().orElse(0)));
    }
    double measuredUse = kvWhileWaiting(moments.stream().map(Moment::measured).toList());
    if (measuredUse > 0) { // else it was not recorded
      figures.add(new Figure(
          "KV use while requests wait",
          "%",
          measuredUse,
          kvWhileWaiting(moments.stream().map(Moment::predicted).toList())));
    }
    return figures;
  }

  private static double kvWhileWaiting(List<Tick> ticks) {
    return ticks.stream()
        .filter(t -> t.waiting() > 0)
        .mapToDouble(Tick::kvPercent)
        .average()
        .orElse(0);
  }

  private static void latency(
      List<Figure> figures,
      String name,
      String unit,
      double scale,
      List<Request> requests,
      ToDoubleFunction<Times> seconds) {
    Distribution measured = new Distribution();
    Distribution predicted = new Distribution();
    for (Request request : requests) {
      measured.add(Math.round(seconds.applyAsDouble(request.measured()) * 1e9));
      predicted.add(Math.round(seconds.applyAsDouble(request.predicted()) * 1e9));
    }
    double perNano = scale / 1e9;
    figures.add(
        new Figure(name + " mean", unit, measured.mean() * perNano, predicted.mean() * perNano));
    for (double quantile : QUANTILES) {
      figures.add(new Figure(
          name + " p" + Math.round(100 * quantile),
          unit,
          measured.quantile(quantile) * perNano,
          predicted.quantile(quantile) * perNano));
    }
  }

  /** What the run is compared on. */
  private static final class Recorder implements Probe {
    private final MeasuredRun run;
    private final boolean ahead;
    private final List<Request> requests = new ArrayList<>();
    private final List<Tick> states = new ArrayList<>(); // when a step has been processed

    private int usable = 1;
    private int pageTokens = 1;

    Recorder(MeasuredRun run, boolean ahead) {
      this.run = run;
      this.ahead = ahead;
    }

    @Override
    public void onStep(StepView step) {
      usable = step.table().pool().pages() - step.table().withheldPages();
      pageTokens = step.table().pool().pageTokens();
      states.add(new Tick(
          (ahead ? step.startNanos() : step.endNanos()) / 1e9,
          step.scheduler().running().size(),
          step.scheduler().waiting(),
          100.0 * (usable - step.allocator().freePages()) / usable));
    }

    @Override
    public void onFinish(RequestView request) {
      Times predicted = new Times(
          request.queuedNanos(),
          request.firstTokenNanos(),
          request.finishNanos(),
          request.outputTokens());
      leave(request.promptTokens() + request.outputTokens() - 1);
      requests.add(new Request(request.id(), run.times(request.id()), predicted));
    }

    /** The log is written when what has finished has returned its pages. */
    private void leave(int tokens) {
      Tick last = states.remove(states.size() - 1);
      double pages = (tokens + pageTokens - 1) / pageTokens;
      states.add(new Tick(
          last.seconds(),
          last.running() - 1,
          last.waiting(),
          Math.max(0, last.kvPercent() - 100 * pages / usable)));
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      throw new InputException(run.folder() + ": request " + request.id()
          + " was served, but is turned away here: " + reason.text());
    }

    @Override
    public void onUnfinished(RequestView request) {
      throw new InputException(run.folder() + ": request " + request.id()
          + " was served, but does not finish here: the pool is too small for it");
    }

    /** The last state before each line of the log. */
    List<Moment> moments() {
      List<Moment> moments = new ArrayList<>();
      int at = -1;
      for (Tick tick : run.ticks()) {
        while (at + 1 < states.size() && states.get(at + 1).seconds() <= tick.seconds()) {
          at++;
        }
        boolean over = at < 0 || at == states.size() - 1;
        Tick state = over ? new Tick(tick.seconds(), 0, 0, 0) : states.get(at);
        moments.add(new Moment(tick, state));
      }
      return moments;
    }
  }
}
