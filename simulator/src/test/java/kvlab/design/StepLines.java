package kvlab.design;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kvlab.engine.Engine;
import kvlab.engine.OverLength;
import kvlab.engine.Rules;
import kvlab.kv.Pool;
import kvlab.metrics.StepLog;
import kvlab.step.StepClock;
import kvlab.workload.TraceBuilder;

/** The step log of a small run. */
final class StepLines {
  private StepLines() {}

  static List<String> of(
      String name,
      Pool pool,
      int maxModelTokens,
      Map<String, String> options,
      StepClock clock,
      TraceBuilder trace) {
    Site site = new Site("any", 0, maxModelTokens);
    Design design = Designs.named(name);
    Server server = design.open(pool, new Options(design.options(site), options), site);
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    Rules rules = Rules.serving(maxModelTokens, OverLength.REJECT);
    new Engine(trace.build().stream(), server, clock, rules, List.of(new StepLog(log))).run();
    List<String> lines =
        new ArrayList<>(log.toString(StandardCharsets.UTF_8).lines().toList());
    lines.remove(0);
    return lines;
  }
}
