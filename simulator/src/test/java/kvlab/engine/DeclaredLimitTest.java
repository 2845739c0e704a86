package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import kvlab.metrics.RequestView;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of requests whose output and declared limit do not agree. */
final class DeclaredLimitTest {
  private static List<String> run(String name, Map<String, String> options, TraceBuilder trace) {
    List<String> outcomes = new ArrayList<>();
    Site site = new Site("any", 0, 200);
    Design design = Designs.named(name);
    Server server = design.open(new Pool(100, 1), new Options(design.options(site), options), site);
    Probe probe = new Probe() {
      @Override
      public void onFinish(RequestView request) {
        outcomes.add(request.id() + " finished");
      }

      @Override
      public void onReject(RequestView request, Rejection reason) {
        outcomes.add(request.id() + " " + reason);
      }
    };
    new Engine(
            trace.build().stream(),
            server,
            new LinearStepTime(100, 10, 1),
            Rules.serving(200, OverLength.REJECT),
            List.of(probe))
        .run();
    return outcomes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sglang", "lightllm"})
  void aRequestThatWouldGenerateMoreThanItDeclaredIsTurnedAway(String design) {
    assertEquals(
        List.of("1 OVER_OUTPUT_LIMIT", "0 finished"),
        run(
            design,
            Map.of("max-new-tokens", "5"),
            new TraceBuilder("two").add(0, 0, 10, 5).add(1, 0, 10, 6)));
  }

  /** Of 100 slots SGLang's admission leaves one and LightLLM's two; 60 + 41 - 1 are too many for both. */
  @ParameterizedTest
  @ValueSource(strings = {"sglang", "lightllm"})
  void withoutALimitARequestDeclaresWhatFitsThePool(String design) {
    assertEquals(
        List.of("1 NEVER_FITS", "0 finished"),
        run(design, Map.of(), new TraceBuilder("two").add(0, 0, 60, 38).add(1, 0, 60, 41)));
  }
}
