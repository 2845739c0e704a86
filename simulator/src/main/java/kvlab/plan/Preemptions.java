package kvlab.plan;

import java.util.HashMap;
import java.util.Map;
import kvlab.metrics.StepView;
import kvlab.sched.Decisions;
import kvlab.sched.Requests;

/** How long requests were without the memory that had been taken from them. */
final class Preemptions {
  private static final long RUNS = -1;

  private final Map<Long, long[]> times = new HashMap<>(); // {since, total} by id; few requests

  void onStep(StepView step) {
    Decisions decisions = step.scheduler().decisions();
    Requests requests = step.requests();
    for (int i = 0; i < decisions.swapped().size(); i++) {
      of(requests.id(decisions.swapped().get(i)))[1] += step.endNanos() - step.startNanos();
    }
    for (int i = 0; i < decisions.preempted().size(); i++) {
      if (!decisions.wasSwappedOut(i)) {
        of(requests.id(decisions.preempted().get(i)))[0] = step.startNanos();
      }
    }
    if (decisions.resumed() > 0) {
      for (int i = 0; i < decisions.admitted().size(); i++) {
        long[] its = times.get(requests.id(decisions.admitted().get(i)));
        if (its != null && its[0] != RUNS) {
          its[1] += step.startNanos() - its[0];
          its[0] = RUNS;
        }
      }
    }
  }

  private long[] of(long id) {
    return times.computeIfAbsent(id, none -> new long[] {RUNS, 0});
  }

  /** Nanoseconds of a request that leaves. */
  long take(long id) {
    long[] its = times.remove(id);
    return its == null ? 0 : its[1];
  }
}
