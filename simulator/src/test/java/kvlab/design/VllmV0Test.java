package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.engine.Engine;
import kvlab.engine.Rules;
import kvlab.kv.Pool;
import kvlab.metrics.DetailLog;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestLog;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepLog;
import kvlab.step.LinearStepTime;
import kvlab.workload.InputException;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * Rules of vLLM V0 on pages of 4 tokens, worked by hand. A line is: step, scheduled id:tokens,
 * preempted id:tokens:R or S, admitted id:cached, running, waiting, finished, swapped, ignored.
 */
final class VllmV0Test {
  private static final LinearStepTime CLOCK = new LinearStepTime(100, 10, 1);
  private static final int MAX_MODEL_TOKENS = 64;

  private final ByteArrayOutputStream detail = new ByteArrayOutputStream();
  private final ByteArrayOutputStream steps = new ByteArrayOutputStream();
  private final ByteArrayOutputStream requests = new ByteArrayOutputStream();
  private final List<String> rejected = new ArrayList<>();

  private List<String> run(int pages, Map<String, String> options, TraceBuilder trace) {
    return run(pages, MAX_MODEL_TOKENS, options, trace);
  }

  private List<String> run(
      int pages, int maxModelTokens, Map<String, String> overrides, TraceBuilder trace) {
    Map<String, String> options = new HashMap<>(overrides);
    options.putIfAbsent("watermark", "0");
    Site site = new Site("any", 0, maxModelTokens);
    Design design = Designs.named("vllm-v0");
    Server server =
        design.open(new Pool(pages, 4), new Options(design.options(site), options), site);
    Probe rejections = new Probe() {
      @Override
      public void onReject(RequestView request, Rejection reason) {
        rejected.add(request.id() + " " + reason);
      }
    };
    List<Probe> probes = List.of(
        new DetailLog(detail, true),
        new StepLog(steps, true),
        new RequestLog(requests),
        rejections);
    Rules rules = Rules.bareScheduler(1000, Long.MAX_VALUE);
    new Engine(trace.build().stream(), server, CLOCK, rules, probes).run();
    return lines(detail);
  }

  private static List<String> lines(ByteArrayOutputStream log) {
    return log.toString(StandardCharsets.UTF_8).lines().skip(1).toList();
  }

  private String freePages(int step) {
    return lines(steps).get(step).split(",")[9];
  }

  /** A tenth of 10 pages: 9 may be taken. Request 0 needs 10, for ever; request 2 needs 1 of the 1 left. */
  @Test
  void admissionLeavesTheWatermark() {
    TraceBuilder trace =
        new TraceBuilder("three").add(0, 0, 37, 1).add(1, 0, 36, 1).add(2, 0, 4, 1);
    assertEquals(
        List.of("0,1:36,,1:0,1,2,1,,0", "1,2:4,,2:0,2,,2,,"),
        run(10, Map.of("watermark", "0.1"), trace));
  }

  /** Without chunking a prompt has to fit one step. It leaves as a rejection, and nothing waits for it. */
  @Test
  void ignoresAPromptThatNoStepCanHold() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 9, 1).add(1, 0, 8, 1);
    assertEquals(
        List.of("0,1:8,,1:0,1,,1,,0"), run(10, 8, Map.of("max-num-batched-tokens", "8"), trace));
    assertEquals(List.of("0 IGNORED"), rejected);
    assertEquals(List.of("0,0,-1,-1,-1,0,0", "1,0,0,188,188,0,0"), lines(requests));
  }

  /**
   * Two prompts of 7 fill the pool. Their eighth tokens have room, but a decode wants a free page, and
   * request 1 is recomputed; prompts come first, so step 2 decodes nothing.
   */
  @Test
  void growthWantsAFreePageEvenIfTheLastHasRoom() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 7, 3).add(1, 0, 7, 2);
    assertEquals(
        List.of(
            "0,0:7;1:7,,0:0;1:0,0;1,,,,",
            "1,0:1,1:7:R,,0,1,,,",
            "2,1:8,,1:0,0;1,,1,,",
            "3,0:1,,,0,,0,,"),
        run(4, Map.of(), trace));
  }

  /**
   * Requests 2 and 1 are swapped out, in this order, by request 0, and return in this order when it is
   * done. Request 3 would fit into steps 1 to 4, but is not tried while somebody is swapped out.
   */
  @Test
  void swappedRequestsReturnInOrderAndBeforeNewPrompts() {
    TraceBuilder trace =
        new TraceBuilder("four").add(0, 0, 7, 4).add(1, 0, 7, 4).add(2, 0, 7, 2).add(3, 0, 1, 1);
    assertEquals(
        List.of(
            "0,0:7;1:7;2:7,,0:0;1:0;2:0,0;1;2,3,,,",
            "1,0:1;1:1,2:7:S,,0;1,3,,2,",
            "2,0:1;1:1,,,0;1,3,,2,",
            "3,0:1,1:9:S,,0,3,0,2;1,",
            "4,2:1;1:1,,,2;1,3,2;1,,",
            "5,3:1,,3:0,3,,3,,"),
        run(6, Map.of("preemption", "swap", "cpu-pages", "10"), trace));
    List<String> swaps = lines(steps).stream()
        .map(line -> String.join(",", List.of(line.split(",")).subList(15, 20)))
        .toList();
    // Swapped, pages in, pages out, ignored, free pages of the host.
    assertEquals(
        List.of("0,0,0,0,10", "1,0,2,0,8", "1,0,0,0,8", "2,0,3,0,5", "0,5,0,0,10", "0,0,0,0,10"),
        swaps);
  }

  /** With one page of host memory where two are wanted, vLLM would stop; here request 1 is recomputed. */
  @Test
  void recomputesWhenTheHostIsFull() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 7, 3).add(1, 0, 7, 2);
    List<String> log = run(4, Map.of("preemption", "swap", "cpu-pages", "1"), trace);
    assertEquals("1,0:1,1:7:R,,0,1,,,", log.get(1));
  }

  /** Alone in a pool of 2 pages and grown to 9 tokens, a swapped request is given up; its pages leak. */
  @Test
  void givesUpASwappedRequestThatOutgrewThePool() {
    TraceBuilder trace = new TraceBuilder("one").add(0, 0, 8, 3);
    List<String> log = run(2, Map.of("preemption", "swap", "cpu-pages", "10"), trace);
    assertEquals(List.of("0,0:8,,0:0,0,,,,", "1,,0:8:S,,,,,0,", "2,,,,,,,,0"), log);
    assertEquals(List.of("0 IGNORED"), rejected);
    assertEquals("8", lines(steps).get(2).split(",")[19]);
  }

  /**
   * Requests 0 and 1 share their pages at once, but each computes its prompt: pages spare work from the
   * next step on. Then all 8 tokens of the prompt are there, and request 2 computes the last one again.
   */
  @Test
  void aFullHitComputesOneToken() {
    TraceBuilder trace = new TraceBuilder("three");
    trace.add(0, 0, 8, 1).promptKey(5);
    trace.add(1, 0, 8, 1).promptKey(5);
    trace.add(2, 10, 8, 1).promptKey(5);
    assertEquals(
        List.of("0,0:8;1:8,,0:0;1:0,0;1,,0;1,,", "1,2:1,,2:7,2,,2,,"),
        run(10, Map.of("prefix-cache", "on"), trace));
    assertEquals("8", freePages(0));
    assertEquals("8", freePages(1));
  }

  /**
   * The more important request 1 needs 2 pages of the 1 left, so request 0 gives up its own, in a step
   * without work; alone on a full pool it later alternates between a prompt and giving up.
   */
  @Test
  void theHeadOfTheQueueEvictsWhoIsLessImportant() {
    TraceBuilder trace = new TraceBuilder("two");
    trace.add(0, 0, 12, 3).priority(1);
    trace.add(1, 1, 8, 1).priority(0);
    assertEquals(
        List.of(
            "0,0:12,,0:0,0,,,,",
            "1,,0:12:R,,,1;0,,,",
            "2,1:8,,1:0,1,0,1,,",
            "3,0:13,,0:0,0,,,,",
            "4,,0:13:R,,,0,,,",
            "5,0:14,,0:0,0,,0,,"),
        run(4, Map.of("policy", "priority"), trace));
  }

  /** Decodes have the first claim to the budget of 8, prompts the rest, but are listed before them. */
  @Test
  void chunkedPromptsFillUpTheStep() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 4, 3).add(1, 0, 10, 1);
    Map<String, String> options = Map.of("chunked-prefill", "on", "max-num-batched-tokens", "8");
    assertEquals(
        List.of("0,0:4;1:4,,0:0;1:0,0;1,,,,", "1,1:6;0:1,,,0;1,,1,,", "2,0:1,,,0,,0,,"),
        run(20, options, trace));
    assertEquals("16", freePages(0)); // request 1 has the pages for all its tokens at once
  }

  @Test
  void refusesAStepThatCannotHoldTheLongestPrompt() {
    TraceBuilder trace = new TraceBuilder("one").add(0, 0, 1, 1);
    Map<String, String> options = Map.of("max-num-batched-tokens", "63");
    assertThrows(InputException.class, () -> run(10, options, trace));
  }
}
