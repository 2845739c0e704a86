package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import kvlab.sched.BeamDescent;
import kvlab.sched.BeamDescent.Law;
import kvlab.step.LinearStepTime;
import kvlab.workload.RequestSource;
import kvlab.workload.TraceBuilder;
import kvlab.workload.synth.Reshaped;
import org.junit.jupiter.api.Test;

/** Beam search in vLLM as published: SOSP 2023, section 4.4; {@code post_step} of the artifact. */
final class BeamSearchTest {
  private static Server server(Pool pool, Map<String, String> options) {
    Site site = new Site("any", 0, 64);
    Design design = Designs.named("vllm-paper");
    return design.open(pool, new Options(design.options(site), options), site);
  }

  /**
   * k = 4, P = 20, pages of 16, all from one parent in each step: the page of the prompt's first 16 tokens
   * is held by all. The first decode copies the other page of the prompt 3 times, each later one the
   * parent's second page 3 times. Each goes on alone: the later ones copy nothing.
   */
  @Test
  void forksShareTheirParentsPagesAndCopyOnWrite() {
    assertEquals(
        List.of("20 live 2 held 0 copied", "36 live 5 held 48 copied", "40 live 5 held 48 copied"),
        steps("one"));
    assertEquals(
        List.of("20 live 2 held 0 copied", "36 live 5 held 48 copied", "40 live 5 held 0 copied"),
        steps("own"));
  }

  private static List<String> steps(String law) {
    Server server = server(
        new Pool(20, 16),
        Map.of("beam-width", "4", "beam-survival", law, "watermark", "0", "max-num-seqs", "4"));
    List<String> lines = new ArrayList<>();
    Probe probe = new Probe() {
      @Override
      public void onStep(StepView step) {
        lines.add(step.partition().slots(Part.LIVE) + " live " + step.table().heldPages() + " held "
            + step.batch().copiedTokens() + " copied");
      }
    };
    RequestSource trace =
        Reshaped.of(new TraceBuilder("one").add(0, 0, 20, 3).build()).withSamples(4);
    Rules rules = Rules.serving(64, OverLength.REJECT);
    new Engine(trace.stream(), server, new LinearStepTime(1, 0, 0), rules, List.of(probe)).run();
    return lines;
  }

  /** Pages of 4 and a prompt of 4: a child shares its parent's full pages, and starts one of its own. */
  @Test
  void aFullPageIsSharedWithoutACopy() {
    Server server = server(
        new Pool(20, 4),
        Map.of("beam-width", "2", "beam-survival", "one", "watermark", "0", "max-num-seqs", "2"));
    List<Integer> held = new ArrayList<>();
    Probe probe = new Probe() {
      @Override
      public void onStep(StepView step) {
        held.add(step.table().heldPages());
      }
    };
    RequestSource trace =
        Reshaped.of(new TraceBuilder("one").add(0, 0, 4, 7).build()).withSamples(2);
    Rules rules = Rules.serving(64, OverLength.REJECT);
    new Engine(trace.stream(), server, new LinearStepTime(1, 0, 0), rules, List.of(probe)).run();
    // Prompt; 4 decodes into a page each; then their parent's page is shared and each has a third.
    assertEquals(List.of(1, 3, 3, 3, 3, 4, 4), held);
  }

  @Test
  void everyLineKeepsItsTokensWhatever() {
    int copies = 0;
    int returns = 0;
    for (long seed = 0; seed < 150; seed++) {
      try {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        LineageClock clock = run(seed, log);
        copies += clock.copies;
        returns += clock.returns;
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        run(seed, again);
        assertArrayEquals(log.toByteArray(), again.toByteArray(), "the same run, the same bytes");
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("reproduce with: seed=" + seed, e);
      }
    }
    assertTrue(copies > 1000, "pages were copied: " + copies);
    assertTrue(returns > 100, "sequences came back from host memory: " + returns);
  }

  private static LineageClock run(long seed, ByteArrayOutputStream log) {
    SplittableRandom random = new SplittableRandom(seed);
    TraceBuilder trace = new TraceBuilder("random");
    long arrival = 0;
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      arrival += random.nextInt(2000);
      trace.add(i, arrival, 1 + random.nextInt(40), 1 + random.nextInt(24));
    }
    int width = 2 + random.nextInt(4);
    Law law = Law.values()[random.nextInt(4)];
    double calm = random.nextInt(3) * 0.3;
    Pool pool = new Pool(10 + random.nextInt(60), 1 + random.nextInt(16));
    boolean beams = random.nextInt(4) > 0;
    Server server = server(
        pool,
        Map.of(
            beams ? "beam-width" : "samples",
            Integer.toString(width),
            "beam-survival",
            law.name().toLowerCase(Locale.ROOT),
            "beam-calm-steps",
            Double.toString(calm),
            "seed",
            Long.toString(seed),
            "watermark",
            "0",
            "max-num-seqs",
            "12"));
    BeamDescent descent =
        beams ? BeamDescent.beams(width, law, calm, seed) : BeamDescent.samples(width);
    LineageClock clock = new LineageClock(server, descent);
    Outcome outcome = new Outcome(1);
    new Engine(
            Reshaped.of(trace.build()).withSamples(width).stream(),
            server,
            clock,
            Rules.serving(64, OverLength.REJECT),
            List.of(outcome, new StepLog(log), new RequestLog(log)))
        .run();
    assertEquals((long) count * width, outcome.finished() + outcome.rejected());
    assertEquals(pool.pages(), server.allocator().freePages());
    assertEquals(0, server.table().heldPages());
    return clock;
  }
}
