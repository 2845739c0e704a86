package kvlab.design;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import kvlab.kv.Pool;
import kvlab.step.SharesStepTime;
import kvlab.step.StepClock;
import kvlab.workload.InputException;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

/** vLLM's {@code OffloadingConnector} as an option of vllm-v1; kv-systems.md, section 3.4. */
final class VllmV1HostCacheTest {
  /** 1,000 ns a step, 10 ns per token computed and 2 ns per token loaded. */
  private static final StepClock CLOCK = new SharesStepTime(1000, 0, 10, 0, 0, 0, 2);

  /** On 4 usable pages of 16, prompts of 49, 64 and again 49 tokens, each alone. */
  private static List<String> run(String hostPages) {
    TraceBuilder trace = new TraceBuilder("three");
    trace.add(0, 0, 49, 1).promptKey(7);
    trace.add(1, 100_000, 64, 1).promptKey(8);
    trace.add(2, 200_000, 49, 1).promptKey(7);
    return StepLines.of(
        "vllm-v1", new Pool(5, 16), 64 + 1, Map.of("host-cache-pages", hostPages), CLOCK, trace);
  }

  /** 48 tokens are loaded for 96 ns and one is computed for 10, in place of 49 computed for 490. */
  @Test
  void loadingTakesThePlaceOfComputing() {
    assertEquals(
        List.of(
            "0,0,1490,1,0,49,1,0,0,0,49,1,1,0,0",
            "1,100000,101640,1,0,64,1,0,0,0,64,1,1,0,0",
            "2,200000,201106,1,0,1,1,0,0,0,49,1,1,0,48"),
        run("100"));
  }

  @Test
  void withoutATierThePromptIsComputedAgain() {
    assertEquals("2,200000,201490,1,0,49,1,0,0,0,49,1,1,0,0", run("0").get(2));
  }

  @Test
  void needsThePrefixCache() {
    Site site = new Site("any", 0, 64);
    Design design = Designs.named("vllm-v1");
    Options options =
        new Options(design.options(site), Map.of("host-cache-pages", "5", "prefix-cache", "off"));
    assertThrows(InputException.class, () -> design.open(new Pool(5, 16), options, site));
  }
}
