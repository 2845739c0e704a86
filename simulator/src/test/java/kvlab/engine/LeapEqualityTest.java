package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.capacity.KvDtype;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Server;
import kvlab.metrics.Concurrency;
import kvlab.metrics.Distribution;
import kvlab.metrics.EventLog;
import kvlab.metrics.Latency;
import kvlab.metrics.Measurement;
import kvlab.metrics.Outcome;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestLog;
import kvlab.metrics.RequestView;
import kvlab.metrics.Row;
import kvlab.metrics.Sharing;
import kvlab.metrics.Timeline;
import kvlab.metrics.Waste;
import kvlab.metrics.Window;
import kvlab.step.LinearStepTime;
import kvlab.step.SharesStepTime;
import kvlab.step.StepClock;
import kvlab.study.Hardware;
import kvlab.study.StepTimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A run that leaps and one that takes every step say the same, to the byte, of everything that results are
 * written from: for every design, over random traces, options and step times. A failure names the seed.
 */
final class LeapEqualityTest {
  private static final Hardware HARDWARE = new Hardware(
      Catalogue.open().model("llama-3.1-8b"),
      Catalogue.open().gpu("h100"),
      KvDtype.named("auto"),
      1);

  private static final int SEEDS = 300;

  /** One whose rows all grow in every step, one for sliding windows, one of a user who knows nothing of it. */
  private static final Set<String> NEVER_LEAP = Set.of("hf-dynamic", "jenga", "headroom");

  static List<Design> designs() {
    return Designs.all();
  }

  @ParameterizedTest
  @MethodSource("designs")
  void saysTheSame(Design design) {
    long leapt = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        RandomRun run =
            seed % 2 == 0 ? RandomRun.of(design, seed, 30) : RandomRun.calm(design, seed);
        Said stepped = say(run, seed, false);
        Said said = say(run, seed, true);
        assertEquals(0, stepped.leaptSteps());
        assertEquals(stepped.text(), said.text());
        leapt += said.leaptSteps();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: " + design.name() + " seed=" + seed, e);
      }
    }
    assertEquals(NEVER_LEAP.contains(design.name()), leapt == 0, "steps leapt: " + leapt);
  }

  @Test
  void isTriedOftenEnough() {
    assertTrue(designs().size() * SEEDS >= 2000);
  }

  private record Said(String text, long leaptSteps) {}

  private static Said say(RandomRun run, long seed, boolean leaping) {
    Server server = run.open();
    SplittableRandom random = new SplittableRandom(~seed);
    StepClock clock = clock(random);
    Window window = random.nextInt(3) > 0
        ? Window.ALL
        : new Window(random.nextLong(50_000_000), 50_000_000 + random.nextLong(5_000_000_000L));
    Outcome outcome = new Outcome(1);
    Latency latency = new Latency();
    List<Measurement> measurements = List.of(
        outcome,
        new Waste(run.pool().slots(), window),
        new Sharing(window),
        new Concurrency(window),
        latency);
    Timeline timeline = new Timeline(run.pool().slots());
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    ByteArrayOutputStream events = new ByteArrayOutputStream();
    Leavers leavers = new Leavers();
    List<Probe> probes = new ArrayList<>(measurements);
    probes.addAll(List.of(timeline, new RequestLog(requests), leavers));
    if (random.nextInt(4) == 0) {
      probes.add(new EventLog(events, run.design().name(), run.trace().size(), 20));
    }
    if (!leaping) {
      probes.add(new Probe() {}); // one that wants to see every step
    }
    Rules rules = random.nextInt(8) > 0
        ? run.rules()
        : new Rules(run.maxModelTokens(), OverLength.STOP, true, 1 + random.nextInt(200));
    Engine engine = new Engine(run.trace().stream(), server, clock, rules, probes);
    StringBuilder text = new StringBuilder("steps " + engine.run() + "\n");
    Row row = new Row();
    measurements.forEach(measurement -> measurement.report(row));
    text.append(row.cells()).append('\n');
    int everyBin = seed % 10 == 0 ? 1 : 41; // a bin takes longer to print than a run to make
    for (int bin = 0; bin < timeline.bins(); bin += everyBin) {
      text.append(timeline.row(bin).cells()).append('\n');
    }
    for (Distribution distribution :
        List.of(latency.ttft(), latency.tpot(), latency.itl(), latency.endToEnd())) {
      for (int percent = 0; percent <= 100 && distribution.count() > 0; percent += 5) {
        text.append(distribution.quantile(percent / 100.0)).append(' ');
      }
      text.append(distribution.count()).append('\n');
    }
    text.append(leavers.text).append(requests.toString(StandardCharsets.UTF_8));
    text.append(events.toString(StandardCharsets.UTF_8));
    text.append("free ").append(server.allocator().freePages());
    text.append(" cached ").append(server.allocator().cachedPages()).append('\n');
    text.append(Arrays.toString(server.table().ids())); // of a run that was cut
    return new Said(text.toString(), engine.leaptSteps());
  }

  private static StepClock clock(SplittableRandom random) {
    double context = random.nextInt(5000);
    return switch (random.nextInt(3)) {
      case 0 ->
        new LinearStepTime(
            1 + random.nextLong(5_000_000), random.nextLong(20_000), random.nextLong(2_000));
      case 1 ->
        new SharesStepTime(
            random.nextDouble() * 5e6, 1e6, 3e4, context, 7.25, 2 * context, 20 * context);
      default -> StepTimes.parse("roofline:step-ns=" + random.nextInt(5_000_000), HARDWARE);
    };
  }

  /** Who left in which order, and why. */
  private static final class Leavers implements Probe {
    private final StringBuilder text = new StringBuilder();

    @Override
    public boolean readsTotalsOnly() {
      return true;
    }

    @Override
    public void onFinish(RequestView request) {
      text.append(request.id())
          .append(" finished at ")
          .append(request.finishNanos())
          .append('\n');
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      text.append(request.id()).append(' ').append(reason).append('\n');
    }

    @Override
    public void onUnfinished(RequestView request) {
      text.append(request.id()).append(" unfinished\n");
    }

    @Override
    public void onEnd(long endNanos) {
      text.append("end ").append(endNanos).append('\n');
    }
  }
}
