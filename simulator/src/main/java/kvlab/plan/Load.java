package kvlab.plan;

import java.util.ArrayList;
import java.util.List;
import kvlab.metrics.Preemptions;
import kvlab.metrics.Probe;
import kvlab.metrics.Rejection;
import kvlab.metrics.Repeats;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepView;
import kvlab.sched.Decisions;
import kvlab.sched.Scheduler;

/**
 * What became of the requests of one server, and where their time went. A request queues for the sequence
 * cap while as many run as may; else for memory while the head of the queue is refused or a running
 * sequence finds no page; else for the step, that is for tokens of the next batch.
 *
 * <p>A request that is longer than the model takes is turned away by every design at every load and is
 * left out; one that is not served for any other reason is missed.
 */
public final class Load implements Probe {
  private final Slo slo;
  private final int maxSequences;
  private final long lastArrivalNanos;
  private final Wait wait = new Wait();
  private final Preemptions preemptions = new Preemptions();
  private final Times all = new Times();
  private final List<Times> beyond = new ArrayList<>();
  private long missed;
  private long missedOfSeveralTokens;
  private long leftOut;
  private long late;
  private long good;
  private long inputTokens;
  private long outputTokens;

  /**
   * The load of one server.
   *
   * @param maxSequences that may run at once
   * @param lastArrivalNanos when the last request of the trace arrives
   */
  Load(Slo slo, int maxSequences, long lastArrivalNanos) {
    this.slo = slo;
    this.maxSequences = maxSequences;
    this.lastArrivalNanos = lastArrivalNanos;
    slo.criteria().forEach(criterion -> beyond.add(new Times()));
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    if (step.scheduler().waiting() > 0) {
      wait.add(reason(step.scheduler()), step.startNanos(), step.endNanos());
    }
    preemptions.onStep(step);
  }

  @Override
  public void onRepeats(Repeats steps) {
    Scheduler scheduler = steps.first().scheduler();
    if (scheduler.waiting() > 0) {
      wait.add(reason(scheduler), steps.startNanos(), steps.endNanos());
    }
  }

  private Wait.Reason reason(Scheduler scheduler) {
    if (scheduler.running().size() + scheduler.lingeringRows().size() >= maxSequences) {
      return Wait.Reason.SEQUENCES;
    }
    Decisions decisions = scheduler.decisions();
    return decisions.refusedPages() > 0 || decisions.memoryRanOut()
        ? Wait.Reason.MEMORY
        : Wait.Reason.STEP;
  }

  @Override
  public void onFinish(RequestView request) {
    inputTokens += request.promptTokens();
    outputTokens += request.outputTokens();
    late += isLate(request) ? 1 : 0;
    good += slo.isMetBy(request) ? 1 : 0;
    long preempted = 0;
    for (Preemptions.Stretch stretch : preemptions.take(request.id(), request.finishNanos())) {
      preempted += stretch.nanos();
    }
    addTo(all, request, preempted);
    for (int i = 0; i < beyond.size(); i++) {
      if (slo.criteria().get(i).concerns(request, this)) {
        addTo(beyond.get(i), request, preempted);
      }
    }
  }

  private void addTo(Times times, RequestView request, long preempted) {
    long queued = request.queuedNanos();
    long scheduled = request.firstScheduledNanos();
    long memory = wait.nanos(Wait.Reason.MEMORY, queued, scheduled);
    long sequences = wait.nanos(Wait.Reason.SEQUENCES, queued, scheduled);
    long prefill = request.firstTokenNanos() - scheduled;
    long decode = request.finishNanos() - request.firstTokenNanos();
    long preemptedDecode = Math.min(preempted, decode); // a preemption before that is rare
    times.add(
        request,
        memory,
        sequences,
        scheduled - request.arrivalNanos() - memory - sequences,
        preempted,
        prefill - (preempted - preemptedDecode),
        decode - preemptedDecode);
  }

  /** Whether the request was first scheduled when the last one of the trace had arrived already. */
  boolean isLate(RequestView request) {
    return request.firstScheduledNanos() > lastArrivalNanos;
  }

  /** Whether the request failed a bound on a single request. */
  boolean isBad(RequestView request) {
    return !slo.isMetBy(request);
  }

  @Override
  public void onReject(RequestView request, Rejection reason) {
    if (reason == Rejection.OVER_MODEL_LENGTH) {
      leftOut++;
    } else {
      miss(request);
    }
  }

  @Override
  public void onUnfinished(RequestView request) {
    miss(request);
  }

  private void miss(RequestView request) {
    missed++;
    late++;
    missedOfSeveralTokens += request.outputTokens() > 1 ? 1 : 0;
  }

  /** Adds another server of the fleet. */
  void merge(Load other) {
    all.merge(other.all);
    for (int i = 0; i < beyond.size(); i++) {
      beyond.get(i).merge(other.beyond.get(i));
    }
    missed += other.missed;
    missedOfSeveralTokens += other.missedOfSeveralTokens;
    leftOut += other.leftOut;
    late += other.late;
    good += other.good;
    inputTokens += other.inputTokens;
    outputTokens += other.outputTokens;
  }

  /** Of every request served. */
  Times times() {
    return all;
  }

  /** Of those that the criterion is about: beyond its bound, or all where it is about no single one. */
  Times times(Criterion criterion) {
    return beyond.get(slo.criteria().indexOf(criterion));
  }

  /** Requests that the objective is about: all but those left out. */
  long counted() {
    return served() + missed;
  }

  long served() {
    return all.requests();
  }

  long missed() {
    return missed;
  }

  /** Of the missed, those that were to have more than one token. */
  long missedOfSeveralTokens() {
    return missedOfSeveralTokens;
  }

  public long leftOut() {
    return leftOut;
  }

  /** Requests first scheduled when the last one had arrived already, and those missed. */
  long late() {
    return late;
  }

  /** Requests that met every bound on a single request. */
  long good() {
    return good;
  }

  long inputTokens() {
    return inputTokens;
  }

  long outputTokens() {
    return outputTokens;
  }
}
