package kvlab.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kvlab.design.Design;
import kvlab.design.Designs;
import kvlab.design.Options;
import kvlab.design.Server;
import kvlab.design.Site;
import kvlab.engine.Engine;
import kvlab.engine.OverLength;
import kvlab.engine.Rules;
import kvlab.kv.Pool;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Bins merge as a run gets longer; what they hold together must be the run's own integrals. */
final class TimelineTest {
  @Test
  void theBinsTogetherAreTheRun() {
    for (long seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TraceBuilder trace = new TraceBuilder("random");
      long arrival = 0;
      double outputs = 0;
      for (int i = 0; i < 60; i++) {
        arrival += random.nextLong(1L << (20 + seed)); // gaps of a millisecond to minutes
        int output = 1 + random.nextInt(100);
        outputs += output;
        trace.add(i, arrival, 1 + random.nextInt(200), output);
      }
      Site site = new Site("any", 0, 400);
      Design design = Designs.named("orca-pow2");
      Pool pool = new Pool(100, 16);
      Server server = design.open(pool, new Options(design.options(site), Map.of()), site);
      Timeline timeline = new Timeline(pool.slots());
      Waste waste = new Waste(pool.slots(), Window.ALL);
      Concurrency concurrency = new Concurrency(Window.ALL);
      Outcome outcome = new Outcome(1);
      new Engine(
              trace.build().stream(),
              server,
              new LinearStepTime(5_000_000, 20_000, 10),
              Rules.serving(400, OverLength.REJECT),
              List.of(timeline, waste, concurrency, outcome))
          .run();
      String reproduce = "seed=" + seed;
      assertTrue(timeline.bins() <= 1024, reproduce);
      double seconds = seconds(timeline);
      assertEquals(outcome.makespanSeconds(), seconds, 1e-3, reproduce);
      assertEquals(
          concurrency.runningMean(), weighted(timeline, "running") / seconds, 1e-3, reproduce);
      for (Part part : Part.values()) {
        assertEquals(
            100 * waste.share(part),
            weighted(timeline, part.column()) / seconds,
            0.01,
            reproduce + " " + part);
      }
      assertEquals(outputs, weighted(timeline, "output_tokens_per_s"), 0.5, reproduce);
    }
  }

  private static double weighted(Timeline timeline, String column) {
    double sum = 0;
    for (int bin = 0; bin < timeline.bins(); bin++) {
      Map<String, String> cells = timeline.row(bin).cells();
      sum += Double.parseDouble(cells.get(column)) * Double.parseDouble(cells.get("dt_s"));
    }
    return sum;
  }

  private static double seconds(Timeline timeline) {
    double sum = 0;
    for (int bin = 0; bin < timeline.bins(); bin++) {
      sum += Double.parseDouble(timeline.row(bin).cells().get("dt_s"));
    }
    return sum;
  }
}
