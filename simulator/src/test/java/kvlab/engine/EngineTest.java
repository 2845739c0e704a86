package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.kv.Pool;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestLog;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepLog;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Small runs worked by hand, with steps of 100 ns + 10 per token + 1 per token of context. */
final class EngineTest {
  private static final LinearStepTime CLOCK = new LinearStepTime(100, 10, 1);

  private final ByteArrayOutputStream steps = new ByteArrayOutputStream();
  private final ByteArrayOutputStream requests = new ByteArrayOutputStream();

  private void run(
      String design, Pool pool, Map<String, String> options, Rules rules, TraceBuilder trace) {
    Site site = new Site("any", 0, rules.maxModelTokens());
    Design itsDesign = Designs.named(design);
    Server server = itsDesign.open(pool, new Options(itsDesign.options(site), options), site);
    List<Probe> logs = List.of(new StepLog(steps), new RequestLog(requests));
    new Engine(trace.build().stream(), server, CLOCK, rules, logs).run();
  }

  private static List<String> lines(ByteArrayOutputStream log) {
    List<String> lines =
        new ArrayList<>(log.toString(StandardCharsets.UTF_8).lines().toList());
    lines.remove(0);
    return lines;
  }

  @Test
  void oneRequestRunsItsPromptAndThenATokenAStep() {
    run(
        "vllm-v1",
        new Pool(5, 16),
        Map.of(),
        Rules.serving(64, OverLength.REJECT),
        new TraceBuilder("one").add(0, 1000, 20, 3));
    // Prompt: 100 + 10 * 20 + 20 = 320; then 100 + 10 + 21 = 131 and 100 + 10 + 22 = 132.
    assertEquals(
        List.of(
            "0,1000,1320,1,0,20,1,0,0,2,20,0,1,0,0",
            "1,1320,1451,1,0,1,0,1,0,2,21,0,0,0,0",
            "2,1451,1583,1,0,1,0,1,0,2,22,1,0,0,0"),
        lines(steps));
    assertEquals(List.of("0,1000,1000,1320,1583,0,0"), lines(requests));
  }

  @Test
  void theServerSleepsUntilTheNextArrival() {
    run(
        "orca-max",
        new Pool(8, 16),
        Map.of(),
        Rules.serving(64, OverLength.REJECT),
        new TraceBuilder("two").add(0, 0, 1, 1).add(1, 5000, 1, 1));
    assertEquals(List.of("0,0,0,111,111,0,0", "1,5000,5000,5111,5111,0,0"), lines(requests));
  }

  /**
   * vLLM of the paper on 4 pages of 4, no watermark: two prompts of 7 fill two pages each. Their eighth
   * tokens have room, but growth wants a free page, so request 1, the later one, is recomputed; it
   * comes back, with the token it had sampled, once request 0 is done.
   */
  @Test
  void paperRecomputesTheLatestArrival() {
    run(
        "vllm-paper",
        new Pool(4, 4),
        Map.of("watermark", "0"),
        Rules.serving(12, OverLength.REJECT),
        new TraceBuilder("two").add(0, 0, 7, 3).add(1, 0, 7, 2));
    List<String> log = lines(steps);
    assertEquals("0,0,254,2,0,14,2,0,0,0,14,0,2,0,0", log.get(0));
    // Step 1: request 0 takes one of the pages of request 1, which waits: 100 + 10 + 8 = 118.
    assertEquals("1,254,372,1,1,1,0,1,1,2,8,0,0,0,0", log.get(1));
    // Step 2: request 0's last token takes a third page, request 1 needs 2 of the 1 left.
    assertEquals("2,372,491,1,1,1,0,1,0,1,9,1,0,0,0", log.get(2));
    // Step 3: 8 known tokens again, 100 + 80 + 8 = 188, and its second token is its last.
    assertEquals("3,491,679,1,0,8,1,0,0,2,8,1,1,1,0", log.get(3));
    assertEquals(4, log.size());
    assertEquals(List.of("0,0,0,254,491,0,0", "1,0,0,254,679,1,0"), lines(requests));
  }

  /** Orca-Oracle on 6 pages of 16, runs of 4 and 2: claims of 33 to 48 tokens take 4 pages. */
  @Test
  void orcaHoldsTheLineBehindARequestThatDoesNotFit() {
    run(
        "orca-oracle",
        new Pool(6, 16),
        Map.of(),
        Rules.serving(64, OverLength.REJECT),
        new TraceBuilder("three").add(0, 0, 32, 2).add(1, 0, 32, 2).add(2, 0, 8, 1));
    List<String> log = lines(steps);
    assertEquals("0,0,452,1,2,32,1,0,0,2,32,0,1,0,0", log.get(0)); // 2 would fit, but is behind 1
    assertEquals("1,452,595,1,2,1,0,1,0,2,33,1,0,0,0", log.get(1));
    assertEquals("2,595,1135,2,0,40,2,0,0,1,40,1,2,0,0", log.get(2));
  }

  /**
   * The example design on 10 pages, 2 of headroom for each that runs: prompts of one page each get in
   * while 1 + 2 x running <= free, which is 1 <= 10, 3 <= 9, 5 <= 8, 7 <= 7 and not 9 <= 6.
   */
  @Test
  void aDesignOfAUsersOwnIsFoundAndServes() {
    TraceBuilder trace = new TraceBuilder("six");
    for (int i = 0; i < 6; i++) {
      trace.add(i, 0, 16, 1);
    }
    run("headroom", new Pool(10, 16), Map.of(), Rules.serving(64, OverLength.REJECT), trace);
    assertEquals("0,0,804,4,2,64,4,0,0,6,64,4,4,0,0", lines(steps).get(0));
    assertEquals("1,804,1256,2,0,32,2,0,0,8,32,2,2,0,0", lines(steps).get(1));
  }

  @Test
  void turnsAwayWhatIsTooLongAndWhatCannotFit() {
    List<String> rejected = new ArrayList<>();
    Site site = new Site("any", 0, 64);
    Design design = Designs.named("vllm-v1");
    Server server = design.open(new Pool(3, 16), new Options(design.options(site), Map.of()), site);
    TraceBuilder trace =
        new TraceBuilder("three").add(0, 0, 60, 5).add(1, 0, 30, 4).add(2, 0, 30, 3);
    Probe probe = new Probe() {
      @Override
      public void onReject(RequestView request, Rejection reason) {
        rejected.add(request.id() + " " + reason);
      }
    };
    new Engine(
            trace.build().stream(),
            server,
            CLOCK,
            Rules.serving(64, OverLength.REJECT),
            List.of(probe))
        .run();
    // Two usable pages hold 32 tokens: 30 + 3 - 1 is the most.
    assertEquals(List.of("0 OVER_MODEL_LENGTH", "1 NEVER_FITS"), rejected);
  }

  @Test
  void cutsThePromptOrTheOutputWhereAskedTo() {
    run(
        "vllm-v1",
        new Pool(9, 16),
        Map.of(),
        Rules.serving(32, OverLength.TRUNCATE),
        new TraceBuilder("one").add(0, 0, 100, 4));
    assertEquals("0,0,408,1,0,28,1,0,0,6,28,0,1,0,0", lines(steps).get(0));
    assertEquals(4, lines(steps).size());
    steps.reset();
    run(
        "vllm-v1",
        new Pool(9, 16),
        Map.of(),
        Rules.serving(32, OverLength.STOP),
        new TraceBuilder("one").add(0, 0, 30, 50));
    assertEquals(2, lines(steps).size(), "30 + 2 is the limit");
  }

  /** TensorRT-LLM stops a request at the limit it declared, of 2 tokens here, where it is not rejected. */
  @Test
  void stopsAnOutputAtTheDeclaredLimit() {
    run(
        "tensorrt-llm-no-evict",
        new Pool(9, 16),
        Map.of("max-new-tokens", "2"),
        Rules.serving(32, OverLength.STOP),
        new TraceBuilder("one").add(0, 0, 10, 5));
    assertEquals(2, lines(steps).size());
  }

  /**
   * Of equal requests vLLM's {@code max()} by priority takes the pages of the one first in the list, so these two,
   * of 10 pages each, take them from each other for ever: with 11 pages neither gets to its first token.
   */
  @Test
  void aRunInWhichNobodyGetsAnywhereIsCut() {
    Map<String, String> options = Map.of(
        "policy", "priority",
        "full-sequence-gate", "off",
        "long-prefill-token-threshold", "7",
        "prefix-cache", "off");
    Site site = new Site("any", 0, 44);
    Design design = Designs.named("vllm-v1");
    Server server = design.open(new Pool(12, 4), new Options(design.options(site), options), site);
    List<Long> unfinished = new ArrayList<>();
    Probe probe = new Probe() {
      @Override
      public void onUnfinished(RequestView request) {
        unfinished.add(request.id());
      }
    };
    TraceBuilder trace = new TraceBuilder("equals").add(0, 0, 40, 2).add(1, 0, 40, 2);
    Rules rules = Rules.serving(44, OverLength.REJECT);
    long steps = new Engine(trace.build().stream(), server, CLOCK, rules, List.of(probe)).run();
    assertEquals(List.of(0L, 1L), unfinished);
    assertEquals(1 << 20, steps);
  }

  @Test
  void aRunThatCannotMoveIsCutAndSaysWhoWasLeft() {
    run(
        "vllm-v1",
        new Pool(2, 16),
        Map.of(),
        Rules.bareScheduler(1000, Long.MAX_VALUE),
        new TraceBuilder("stuck").add(0, 0, 17, 1).add(1, 0, 1, 1));
    assertEquals(20, lines(steps).size());
    assertEquals(List.of("0,0,-1,-1,-1,0,0", "1,0,-1,-1,-1,0,0"), lines(requests));
  }
}
