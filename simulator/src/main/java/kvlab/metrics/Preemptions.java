package kvlab.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kvlab.sched.Decisions;
import kvlab.sched.Requests;

/** When requests were without the memory that had been taken from them. */
public final class Preemptions {
  /**
   * A stretch without memory.
   *
   * @param fromNanos when the request lost it
   * @param toNanos when it was admitted again, or the end of the run
   */
  public record Stretch(long fromNanos, long toNanos) {
    public long nanos() {
      return toNanos - fromNanos;
    }
  }

  private static final class Times {
    final List<Stretch> stretches = new ArrayList<>();
    long sinceNanos = -1; // of a stretch that has not ended

    void end(long nanos) {
      stretches.add(new Stretch(sinceNanos, nanos));
      sinceNanos = -1;
    }
  }

  private final Map<Long, Times> byId =
      new HashMap<>(); // of requests in flight that were preempted

  private int without; // requests that have no memory now

  /** Notes what a step decided. Steps that repeat one another decide nothing. */
  public void onStep(StepView step) {
    Decisions decisions = step.scheduler().decisions();
    Requests requests = step.requests();
    for (int i = 0; i < decisions.preempted().size(); i++) {
      long id = requests.id(decisions.preempted().get(i));
      byId.computeIfAbsent(id, none -> new Times()).sinceNanos = step.startNanos();
      without++;
    }
    for (int i = 0; without > 0 && i < step.batch().size(); i++) {
      Times times = byId.get(requests.id(step.batch().request(i)));
      if (times != null && times.sinceNanos >= 0) {
        times.end(step.startNanos());
        without--;
      }
    }
  }

  /** The stretches of a request that leaves, the last one open to the given time if it was without memory. */
  public List<Stretch> take(long id, long nowNanos) {
    Times times = byId.remove(id);
    if (times == null) {
      return List.of();
    }
    if (times.sinceNanos >= 0) {
      times.end(nowNanos);
      without--;
    }
    return times.stretches;
  }
}
