package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.metrics.Partition;
import kvlab.sched.IntList;
import kvlab.step.Batch;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** Pages of growing size under the scheduler of the PagedAttention paper (SOSP 2023, section 4.5). */
final class BuddyPagesTest {
  private static final LinearStepTime CLOCK = new LinearStepTime(100, 10, 1);

  /**
   * 3 pages of 4 in runs of 2 and 1. Two prompts of 4 take page 2 and half of the run. The fifth token of
   * request 0 wants a chunk of 2: request 1, the later one, gives up page 0, which merges with page 1.
   */
  @Test
  void growthTakesThePagesOfTheLatestArrival() {
    List<String> log = StepLines.of(
        "buddy-pages",
        new Pool(3, 4),
        12,
        Map.of("largest-page-tokens", "8"),
        CLOCK,
        new TraceBuilder("two").add(0, 0, 4, 2).add(1, 0, 4, 2));
    assertEquals(
        List.of(
            "0,0,188,2,0,8,2,0,0,1,8,0,2,0,0", // 100 + 10 * 8 + 8
            "1,188,303,1,1,1,0,1,1,0,5,1,0,0,0", // 100 + 10 + 5; request 0 is done
            "2,303,458,1,0,5,1,0,0,0,5,1,1,1,0"), // 100 + 50 + 5: 5 known tokens again, 3 pages
        log);
  }

  /**
   * 8 pages of 16 in runs of 2, eight prompts of 1 token; every second one leaves, so one page of each run
   * is free. A prompt of 17 wants a page and a run of 2, 3 of the 4 free pages, and is refused.
   */
  @Test
  void scatteredPagesAreExternalFragmentation() {
    Design design = Designs.named("buddy-pages");
    Site site = new Site("any", 0, 64);
    Options options = new Options(design.options(site), Map.of("largest-page-tokens", "32"));
    Server server = design.open(new Pool(8, 16), options, site);
    Partition partition = new Partition(
        server.table(), server.allocator(), server.requests(), server.scheduler(), request -> 30);
    Batch batch = new Batch(server.maxSequences());
    for (int i = 0; i < 8; i++) {
      server.scheduler().enqueue(server.requests().add(i, 0, 1, 1, 0));
    }
    step(server, batch);
    IntList finished = new IntList();
    for (int i = 0; i < 8; i += 2) {
      finished.add(batch.request(i));
    }
    server.scheduler().finish(finished);
    server.scheduler().enqueue(server.requests().add(8, 0, 17, 17, 0));
    step(server, batch);
    partition.count(1);
    assertEquals(4 * 16, partition.slots(Part.EXTERNAL));
    assertEquals(4 * 2, partition.slots(Part.LIVE));
    assertEquals(4 * 14, partition.slots(Part.RESERVED));
  }

  private static void step(Server server, Batch batch) {
    server.scheduler().schedule(batch);
    for (int i = 0; i < batch.size(); i++) {
      server.requests().computed(batch.request(i), batch.tokens(i));
      server.requests().sampled(batch.request(i));
    }
  }

  /** An eighth of 4,096 is 512, and that is the most; of 1,000 it is 125, rounded down to 64. */
  @Test
  void theLargestPageIsAnEighthOfTheLongestSequence() {
    assertEquals(512, largest(4096));
    assertEquals(512, largest(131_072));
    assertEquals(64, largest(1000));
    assertEquals(1, largest(2));
  }

  private static int largest(int maxModelTokens) {
    Site site = new Site("any", 0, maxModelTokens);
    Options options = new Options(Designs.named("buddy-pages").options(site), Map.of());
    return options.count("largest-page-tokens");
  }
}
