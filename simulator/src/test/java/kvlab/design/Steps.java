package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kvlab.engine.Engine;
import kvlab.engine.OverLength;
import kvlab.engine.Rules;
import kvlab.kv.Pool;
import kvlab.metrics.Part;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepView;
import kvlab.step.LinearStepTime;
import kvlab.workload.TraceBuilder;

/**
 * A run in words, a line per step: {@code id:tokens} of each sequence, the parts of the pool that are not
 * 0, tokens copied, ids preempted.
 */
final class Steps implements Probe {
  private final List<String> lines = new ArrayList<>();

  private Steps() {}

  static List<String> of(
      String name, Pool pool, int maxModelTokens, Map<String, String> options, TraceBuilder trace) {
    Site site = new Site("any", 0, maxModelTokens);
    Design design = Designs.named(name);
    Server server = design.open(pool, new Options(design.options(site), options), site);
    Steps steps = new Steps();
    new Engine(
            trace.build().stream(),
            server,
            new LinearStepTime(100, 10, 1),
            Rules.serving(maxModelTokens, OverLength.REJECT),
            List.of(steps))
        .run();
    return steps.lines;
  }

  @Override
  public void onStep(StepView step) {
    List<String> sequences = new ArrayList<>();
    for (int i = 0; i < step.batch().size(); i++) {
      sequences.add(
          step.requests().id(step.batch().request(i)) + ":" + step.batch().tokens(i));
    }
    List<String> parts = new ArrayList<>();
    for (Part part : Part.values()) {
      if (step.partition().slots(part) > 0) {
        parts.add(part.name().toLowerCase(Locale.ROOT) + " " + step.partition().slots(part));
      }
    }
    String line = String.join(" ", sequences) + "; " + String.join(", ", parts);
    if (step.batch().copiedTokens() > 0) {
      line += "; copies " + step.batch().copiedTokens();
    }
    for (int i = 0; i < step.scheduler().decisions().preempted().size(); i++) {
      line += "; preempts "
          + step.requests().id(step.scheduler().decisions().preempted().get(i));
    }
    lines.add(line);
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    lines.add(request.id() + " " + reason);
  }
}
