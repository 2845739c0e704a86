package kvlab.design;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.engine.Engine;
import kvlab.engine.OverLength;
import kvlab.engine.Rules;
import kvlab.kv.Layers;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepView;
import kvlab.sched.IntList;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;

/**
 * A short run of one design, a line per step that reads like a hand calculation:
 *
 * <pre>
 *   0:20@0 1:1@7 -2 free 3     request 0 computes 20 tokens after 0, request 1 one after 7, request 2
 *                              lost its pages, 3 pages are free
 * </pre>
 *
 * Steps take 1 microsecond.
 */
final class Scenario implements Probe {
  static final long STEP_NANOS = 1000;

  final List<String> steps = new ArrayList<>();
  final List<String> rejected = new ArrayList<>();
  private final List<Map<Part, Long>> parts = new ArrayList<>();

  static Scenario run(
      String name, Pool pool, int maxModelTokens, Map<String, String> options, TraceBuilder trace) {
    return run(name, pool, maxModelTokens, Layers.ALIKE, options, trace);
  }

  static Scenario run(
      String name,
      Pool pool,
      int maxModelTokens,
      Layers layers,
      Map<String, String> options,
      TraceBuilder trace) {
    Site site = new Site("any", 0, maxModelTokens, 1, 1, Integer.MAX_VALUE, layers);
    Design design = Designs.named(name);
    Options inForce = new Options(design.options(site), options);
    Server server = design.open(pool, inForce, site).serving(layers);
    Scenario scenario = new Scenario();
    Rules rules = Rules.serving(maxModelTokens, OverLength.REJECT);
    LinearStepTime clock = new LinearStepTime(STEP_NANOS, 0, 0);
    new Engine(trace.build().stream(), server, clock, rules, List.of(scenario)).run();
    return scenario;
  }

  /** Slots of the part after the step. */
  long slots(int step, Part part) {
    return parts.get(step).getOrDefault(part, 0L);
  }

  @Override
  public void onStep(StepView step) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < step.batch().size(); i++) {
      line.append(step.requests().id(step.batch().request(i))).append(':');
      line.append(step.batch().tokens(i))
          .append('@')
          .append(step.batch().context(i))
          .append(' ');
    }
    IntList preempted = step.scheduler().decisions().preempted();
    for (int i = 0; i < preempted.size(); i++) {
      line.append('-').append(step.requests().id(preempted.get(i))).append(' ');
    }
    steps.add(line.append("free ").append(step.allocator().freePages()).toString());
    Map<Part, Long> slots = new HashMap<>();
    for (Part part : Part.values()) {
      slots.put(part, step.partition().slots(part));
    }
    parts.add(slots);
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    rejected.add(request.id() + " " + reason);
  }
}
