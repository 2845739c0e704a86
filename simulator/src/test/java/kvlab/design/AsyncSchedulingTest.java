package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/**
 * vLLM V1 deciding on a step while the one before runs. Steps take 1000 ns; pages have 16 tokens and one of
 * the pool's is the null page.
 */
final class AsyncSchedulingTest {
  private static final Map<String, String> AHEAD =
      Map.of("async-scheduling", "on", "prefix-cache", "off", "max-num-seqs", "1");
  private static final Map<String, String> IN_STEP =
      Map.of("async-scheduling", "off", "prefix-cache", "off", "max-num-seqs", "1");

  /** Two requests of two tokens with one place: the second has to wait for the first to leave. */
  private static TraceBuilder twoRequests() {
    TraceBuilder trace = new TraceBuilder("two", 16);
    trace.add(0, 0, 20, 2);
    trace.add(1, 0, 10, 1);
    return trace;
  }

  @Test
  void inStepAFinishIsNoticedAtOnce() {
    Scenario run = Scenario.run("vllm-v1", new Pool(6, 16), 64, IN_STEP, twoRequests());
    assertEquals(List.of("0:20@0 free 3", "0:1@20 free 3", "1:10@0 free 4"), run.steps);
  }

  /**
   * The step after the last token of request 0 was decided on before that token was known: it is empty, and
   * only the one after it has the place and the pages.
   */
  @Test
  void aheadAFinishIsNoticedOneStepLate() {
    Scenario run = Scenario.run("vllm-v1", new Pool(6, 16), 64, AHEAD, twoRequests());
    assertEquals(
        List.of("0:20@0 free 3", "0:1@20 free 3", "free 3", "1:10@0 free 4", "free 4"), run.steps);
  }
}
