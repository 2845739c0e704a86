package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.kv.Layers;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestLog;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepLog;
import kvlab.metrics.StepView;
import kvlab.workload.Trace;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Laws of a run, for every design over random traces on a miniature device that keeps what is written
 * to it; a failure names the seed that reproduces it.
 */
final class EngineLawsTest {
  private static final int SEEDS = 150;
  private static final int SLIDING_SEEDS = 100; // further ones, of models with layers that slide

  static List<Design> designs() {
    return Designs.all();
  }

  @ParameterizedTest
  @MethodSource("designs")
  void keepsItsLaws(Design design) {
    for (long seed = 0; seed < SEEDS + SLIDING_SEEDS; seed++) {
      Layers layers = seed < SEEDS ? Layers.ALIKE : layers(new SplittableRandom(seed));
      try {
        byte[] logs = run(design, layers, seed);
        assertArrayEquals(logs, run(design, layers, seed), "the same run gives the same bytes");
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: " + design.name() + " seed=" + seed, e);
      }
    }
  }

  private static Layers layers(SplittableRandom random) {
    int full = random.nextInt(4); // none: all slide
    return new Layers(full, 1 + random.nextInt(5), 1 + random.nextInt(40));
  }

  private static byte[] run(Design design, Layers layers, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int pageTokens = 1 + random.nextInt(16);
    Pool pool = new Pool(10 + random.nextInt(60), pageTokens);
    int maxModelTokens = Math.max(2, Math.min(64 + random.nextInt(64), pool.slots() / 2));
    Trace trace = trace(random, maxModelTokens);
    Map<String, String> overrides = overrides(random, pool, maxModelTokens);
    if (layers.slide()) {
      overrides.put("hybrid-kv-cache-manager", oneOf(random, "on", "off"));
      overrides.put("host-cache-pages", "0"); // refused where windows are used
    }
    Site site = new Site("any", 0, maxModelTokens, 1, 1, Integer.MAX_VALUE, layers);
    Options options = new Options(design.options(site), overrides);
    Server server = design.open(pool, options, site).serving(layers);
    int freeAtStart = server.allocator().freePages();
    Laws laws = new Laws();
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    new Engine(
            trace.stream(),
            server,
            new ShadowClock(server, promptKeys(trace)),
            Rules.serving(maxModelTokens, OverLength.REJECT),
            List.of(laws, new StepLog(log), new RequestLog(log)))
        .run();
    assertEquals(trace.size(), laws.finished + laws.rejected, "every request left");
    assertEquals(0, laws.unfinished);
    assertEquals(freeAtStart, server.allocator().freePages(), "all pages are free at the end");
    assertEquals(0, server.table().heldPages());
    if (design.traits().onShortage().equals("cannot happen")) {
      assertEquals(0, laws.preemptions, "a reservation is never taken back");
    }
    return log.toByteArray();
  }

  private static Map<String, String> overrides(
      SplittableRandom random, Pool pool, int maxModelTokens) {
    boolean chunked = random.nextInt(3) > 0; // without, a whole prompt has to fit a step
    int batchedTokens = (chunked ? 16 : maxModelTokens) + random.nextInt(128);
    boolean cached = random.nextInt(3) > 0;
    return new HashMap<>(Map.ofEntries(
        Map.entry(Design.MAX_SEQUENCES, Integer.toString(1 + random.nextInt(12))),
        Map.entry(Design.MAX_BATCHED_TOKENS, Integer.toString(batchedTokens)),
        Map.entry("chunked-prefill", chunked ? "on" : "off"),
        Map.entry("prefix-cache", cached ? "on" : "off"),
        Map.entry("policy", oneOf(random, "fcfs", "priority")),
        Map.entry("full-sequence-gate", oneOf(random, "on", "off")),
        Map.entry("placement", oneOf(random, "first-fit", "best-fit")),
        Map.entry("watermark", oneOf(random, "0", "0.05")),
        Map.entry("preemption", oneOf(random, "recompute", "swap")),
        Map.entry("chunked-context", oneOf(random, Integer.toString(batchedTokens), "0")),
        Map.entry("schedule-policy", List.of("fcfs", "lpm", "lof").get(random.nextInt(3))),
        Map.entry("block-sharing", oneOf(random, "on", "off")),
        Map.entry("block-reuse", oneOf(random, "on", "off")),
        Map.entry("partial-reuse", oneOf(random, "on", "off")),
        Map.entry("copy-on-partial-reuse", oneOf(random, "on", "off")),
        Map.entry("decode-retention-priority", oneOf(random, "20", "35")),
        Map.entry("max-new-tokens", Integer.toString(1 + maxModelTokens / (1 + random.nextInt(4)))),
        Map.entry("schedule-conservativeness", Double.toString(random.nextInt(3) * 0.5)),
        Map.entry("router-token-ratio", Double.toString(random.nextInt(3) * 0.45)),
        Map.entry("map-ahead", Integer.toString(random.nextInt(12))),
        Map.entry(
            "host-cache-pages",
            cached ? Integer.toString(random.nextInt(3) * random.nextInt(60)) : "0"),
        Map.entry("largest-page-tokens", Integer.toString(1 + random.nextInt(64))),
        Map.entry("cpu-pages", Integer.toString(random.nextInt(40))),
        Map.entry("max-batch", Integer.toString(1 + random.nextInt(12))),
        Map.entry("parallel", Integer.toString(1 + random.nextInt(6))),
        Map.entry(
            "n-ctx", Integer.toString(random.nextInt(2) * (1 + random.nextInt(pool.slots())))),
        Map.entry("unified", oneOf(random, "on", "off")),
        Map.entry("prediction-error", Double.toString(random.nextInt(10) / 10.0)),
        Map.entry("bucket", Integer.toString(1 + random.nextInt(32))),
        Map.entry("memory-len", Integer.toString(1 + random.nextInt(maxModelTokens))),
        Map.entry("max-cache-len", Integer.toString(1 + random.nextInt(2 * maxModelTokens)))));
  }

  private static String oneOf(SplittableRandom random, String a, String b) {
    return random.nextInt(2) == 0 ? a : b;
  }

  private static Trace trace(SplittableRandom random, int maxModelTokens) {
    TraceBuilder trace = new TraceBuilder("random");
    long arrival = 0;
    int requests = 1 + random.nextInt(40);
    for (int i = 0; i < requests; i++) {
      arrival += random.nextInt(3) == 0 ? random.nextLong(20_000_000) : 0;
      int prompt = 1 + random.nextInt(maxModelTokens);
      int output = 1 + random.nextInt(Math.max(1, maxModelTokens / 2)); // some are too long
      trace.add(i, arrival, prompt, output).priority(random.nextInt(3));
      trace.promptKey(random.nextInt(6)); // so that some share their prompts
    }
    return trace.build();
  }

  private static Map<Long, Long> promptKeys(Trace trace) {
    Map<Long, Long> keys = new HashMap<>();
    for (int i = 0; i < trace.size(); i++) {
      keys.put((long) trace.id(i), trace.promptKey(i));
    }
    return keys;
  }

  /** Checks each step and each request as they come. */
  private static final class Laws implements Probe {
    private long lastEnd;
    private long preemptions;
    private int finished;
    private int rejected;
    private int unfinished;

    @Override
    public void onStep(StepView step) {
      assertTrue(step.startNanos() >= lastEnd, "the clock does not go back");
      assertTrue(step.endNanos() > step.startNanos(), "a step takes time");
      lastEnd = step.endNanos();
      preemptions += step.scheduler().decisions().preempted().size();
      long sum = 0;
      for (Part part : Part.values()) {
        assertTrue(step.partition().slots(part) >= 0, part + " is not negative");
        sum += step.partition().slots(part);
      }
      assertEquals(step.partition().capacitySlots(), sum, "slots are conserved");
      long passed = step.partition().passedSlots();
      assertTrue(passed >= 0, "passed tokens are not negative");
      assertTrue(passed <= step.partition().slots(Part.INTERNAL), "passed tokens are internal");
      boolean someoneIsLeft = step.scheduler().waiting() > 0
          || step.scheduler().decisions().swapped().size() > 0
          || step.scheduler().decisions().ignored().size() > 0;
      assertTrue(step.batch().size() > 0 || someoneIsLeft, "an empty step has a reason");
    }

    @Override
    public void onFinish(RequestView request) {
      finished++;
      assertTrue(request.arrivalNanos() <= request.firstScheduledNanos());
      assertTrue(request.firstScheduledNanos() < request.firstTokenNanos());
      assertTrue(request.firstTokenNanos() <= request.finishNanos());
    }

    @Override
    public void onReject(RequestView request, Rejection reason) {
      rejected++;
    }

    @Override
    public void onUnfinished(RequestView request) {
      unfinished++;
    }
  }
}
