package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.kv.Pool;
import kvlab.metrics.Outcome;
import kvlab.metrics.Part;
import kvlab.metrics.Probe;
import kvlab.metrics.RequestLog;
import kvlab.metrics.StepLog;
import kvlab.metrics.StepView;
import kvlab.step.LinearStepTime;
import kvlab.workload.RequestSource;
import kvlab.workload.TraceBuilder;
import kvlab.workload.synth.Reshaped;
import org.junit.jupiter.api.Test;

/** Parallel sampling in vLLM as published: SOSP 2023, sections 4.4 and 4.5. */
final class SamplingTest {
  private final ByteArrayOutputStream steps = new ByteArrayOutputStream();
  private final ByteArrayOutputStream requests = new ByteArrayOutputStream();

  private Server run(RequestSource trace, int samples, Pool pool, Probe... probes) {
    Site site = new Site("any", 0, 64);
    Design design = Designs.named("vllm-paper");
    Map<String, String> options =
        Map.of("samples", Integer.toString(samples), "watermark", "0", "max-num-seqs", "12");
    Server server = design.open(pool, new Options(design.options(site), options), site);
    List<Probe> all = new java.util.ArrayList<>(List.of(probes));
    all.add(new StepLog(steps));
    all.add(new RequestLog(requests));
    LinearStepTime clock = new LinearStepTime(100, 10, 1);
    new Engine(trace.stream(), server, clock, Rules.serving(64, OverLength.REJECT), all).run();
    return server;
  }

  private List<String> lines(ByteArrayOutputStream log) {
    return log.toString(StandardCharsets.UTF_8).lines().skip(1).toList();
  }

  /** P = 20, O = 2, four samples: one prompt of 20 tokens, then four decodes over 5 pages. */
  @Test
  void thePromptIsComputedOnceAndItsPagesAreHeldOnce() {
    long[] live = new long[2];
    Probe probe = new Probe() {
      @Override
      public void onStep(StepView step) {
        live[(int) step.index()] = step.partition().slots(Part.LIVE);
      }
    };
    run(
        Reshaped.of(new TraceBuilder("one").add(0, 0, 20, 2).build()).withSamples(4),
        4,
        new Pool(20, 16),
        probe);
    // Prompt: 100 + 200 + 20; decodes: 100 + 4 * 10 + 4 * 21.
    assertTrue(lines(steps).get(0).startsWith("0,0,320,4,0,20,"), lines(steps).get(0));
    assertTrue(
        lines(steps).get(1).startsWith("1,320,544,4,0,4,0,4,0,15,"),
        lines(steps).get(1));
    assertEquals(20, live[0], "held once");
    assertEquals(16 + 4 * 5, live[1], "the full page once, what comes after it four times");
    assertEquals("3,0,0,320,544,0,20", lines(requests).get(3));
  }

  /**
   * Two requests of two samples on 6 pages of 4, prompts of 4: 2 pages are held. In the first decode each
   * sample takes a page and none is left. In the second nobody needs one, but growth is checked for the
   * worst case, so the second request, the later one, is swapped out: 3 pages, 1 shared and 2 own. It
   * comes back when the first is done.
   */
  @Test
  void aGroupGivesWayWholeAndComesBackWhole() {
    TraceBuilder trace = new TraceBuilder("two").add(0, 0, 4, 5).add(1, 0, 4, 5);
    Outcome outcome = new Outcome(1);
    Server server = run(Reshaped.of(trace.build()).withSamples(2), 2, new Pool(6, 4), outcome);
    assertEquals(4, outcome.finished());
    long swaps =
        lines(steps).stream().filter(line -> line.split(",")[8].equals("2")).count();
    assertTrue(swaps >= 1, "a group of two lost its pages: " + lines(steps));
    assertEquals(6, server.allocator().freePages());
    assertTrue(
        lines(requests).stream().allMatch(line -> line.split(",", -1)[5].equals("0")),
        "swapping is not recomputing");
  }

  @Test
  void everyGroupFinishesWhatever() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TraceBuilder trace = new TraceBuilder("random");
      long arrival = 0;
      int count = 1 + random.nextInt(12);
      for (int i = 0; i < count; i++) {
        arrival += random.nextInt(2000);
        trace.add(i, arrival, 1 + random.nextInt(40), 1 + random.nextInt(30));
      }
      int samples = 2 + random.nextInt(4);
      Pool pool = new Pool(10 + random.nextInt(60), 1 + random.nextInt(16));
      Outcome outcome = new Outcome(1);
      try {
        Server server =
            run(Reshaped.of(trace.build()).withSamples(samples), samples, pool, outcome);
        assertEquals((long) count * samples, outcome.finished() + outcome.rejected());
        assertEquals(pool.pages(), server.allocator().freePages());
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: seed=" + seed, e);
      }
    }
  }
}
