package kvlab.engine;

import java.util.List;
import kvlab.design.Server;
import kvlab.kv.Layout;
import kvlab.metrics.Partition;
import kvlab.metrics.Probe;
import kvlab.metrics.Repeats;
import kvlab.sched.Decisions;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;
import kvlab.step.StepClock;
import kvlab.workload.RequestStream;

/**
 * Replays a stream of requests against one server. Time is the sum of the clock's steps and of the
 * waits for the next arrival, so the same loop runs under a model of a device and on the device. The
 * loop is that of the driver behind the recorded vLLM schedules: arrivals up to now, schedule, step,
 * one token for every request whose known tokens are all computed, finish.
 */
public final class Engine {
  private static final int STALLED_STEPS = 20; // steps without work once nothing more can arrive
  private static final int STUCK_STEPS = 1000; // steps without work in any case
  private static final int FRUITLESS_STEPS = 1 << 20; // steps in which nobody samples a token

  private final Arrivals arrivals;
  private final Departures departures;
  private final Server server;
  private final Scheduler scheduler;
  private final Requests requests;
  private final StepClock clock;
  private final Rules rules;
  private final Probe[] probes; // an array: a list would allocate an iterator per step
  private final Batch batch;
  private final Flight flight;
  private final Partition partition;
  private final IntList sampled;
  private final IntList finished;
  private final Present now;
  private final Cohort cohort;
  private final boolean leaps;
  private long decisionNanos; // when the scheduler acts: now, or while the last step still runs
  private int emptySteps; // in a row
  private int fruitlessSteps; // in a row
  private boolean settled; // the last step only decoded, and nobody has come or left since
  private long horizonNanos; // no step starts at or after it
  private boolean stuck;
  private long leaptSteps;

  public Engine(
      RequestStream stream, Server server, StepClock clock, Rules rules, List<Probe> probes) {
    this.server = server;
    this.scheduler = server.scheduler();
    this.requests = server.requests();
    this.clock = clock;
    this.rules = rules;
    this.probes = probes.toArray(Probe[]::new);
    Layout layout = server.layoutInForce();
    this.batch = new Batch(server.maxSequences(), layout.model());
    this.flight = new Flight(requests);
    this.arrivals = new Arrivals(stream, server, rules, flight, this.probes);
    this.departures = new Departures(server, flight, this.probes);
    this.partition =
        new Partition(layout, server.allocator(), requests, scheduler, flight::finalNeedTokens);
    this.now = new Present(server, flight, batch, partition, this.probes);
    this.sampled = now.sampled();
    this.finished = now.finished();
    this.cohort = new Cohort(server, flight, partition, batch, now);
    this.leaps = clock.readsTotalsOnly()
        && !layout.model().slide() // windows move on in every step
        && !server.ahead() // a cohort notices who finishes at once
        && probes.stream().allMatch(Probe::readsTotalsOnly);
  }

  /** Runs until every request has left or nothing moves any more; the number of steps. */
  public long run() {
    drain();
    end(now.nanos);
    return now.stepIndex;
  }

  /** Begins later than at 0, for one of several servers that begin together. */
  void begin(long atNanos) {
    now.nanos = atNanos;
    decisionNanos = atNanos;
    for (Probe probe : probes) {
      probe.onBegin(atNanos);
    }
  }

  /**
   * Takes every step that starts before the given time. Requests that arrive before it are in the stream
   * by now; more may come.
   */
  void advanceTo(long nanos) {
    arrivals.poll();
    serveUntil(nanos, true);
  }

  /** Runs until every request has left or nothing moves any more, and no more comes; the time then. */
  long drain() {
    arrivals.poll();
    serveUntil(Long.MAX_VALUE, false);
    return now.nanos;
  }

  private void serveUntil(long untilNanos, boolean more) {
    horizonNanos = untilNanos;
    while (now.nanos < untilNanos && !stuck) {
      if (arrivals.due(decisionNanos)) {
        arrivals.deliver(decisionNanos);
        settled = false;
      }
      if (requests.live() == 0) {
        if (arrivals.exhausted() || (more && arrivals.nextNanos() >= untilNanos)) {
          break;
        }
        skipToNextArrival();
        continue;
      }
      if (!leap()) {
        step();
      }
      stuck = isStuck(more);
    }
  }

  /** A step that the scheduler decides on; those that only decode anyway go on by themselves if they can. */
  private void step() {
    if (cohort.goesOn()) {
      scheduler.scheduleAfter(batch, cohort.size());
    } else {
      cohort.breakUp(now.stepIndex - 1);
      scheduler.schedule(batch);
    }
    take();
    settled = finished.size() == 0 && decodedOnly();
  }

  /** Takes the step that has been scheduled. */
  private void take() {
    time();
    writeAndSample();
    now.goingOn = cohort.size();
    cohort.breakUpIfBound(now.stepIndex);
    partition.count(now.stepIndex, cohort.size());
    now.observe();
    for (int i = now.goingOn; i < sampled.size(); i++) {
      flight.sampled(sampled.get(i), now.nanos);
    }
    cohort.leave();
    departures.afterStep(finished);
    now.stepIndex++;
  }

  /**
   * Times the step. A scheduler that runs ahead has decided on it at the end of the step before the last,
   * while that one ran, and takes no time for finding nothing to do.
   */
  private void time() {
    boolean idles = decisionNanos < now.nanos && batch.size() == 0;
    now.startNanos = now.nanos;
    now.advance(idles ? now.nanos : now.nanos + clock.nanos(batch, server.table()));
    decisionNanos = server.ahead() ? now.startNanos : now.nanos;
  }

  private boolean decodedOnly() {
    Decisions decisions = scheduler.decisions();
    return batch.size() == batch.decodes()
        && decisions.admitted().size() == 0 // what is left of a prompt may look like a decode
        && decisions.preempted().size() == 0
        && decisions.ignored().size() == 0;
  }

  /**
   * Takes as many quiet steps as there are, each in the time of what changes in it. What it leaves behind
   * is what as many calls of {@link #step} would have left.
   *
   * @return false, and nothing done, when the next step is not known to be quiet
   */
  private boolean leap() {
    if (!leaps || !isQuiet()) {
      return false;
    }
    IntList order = scheduler.quietOrder();
    if (order.size() == 0) {
      return false;
    }
    if (finished.size() > 0) {
      partition.countSequences(
          now.stepIndex, sampled.size()); // without those that left after the last count
    }
    cohort.assemble(order);
    if (cohort.size() < order.size() || !cohort.next()) {
      return false;
    }
    long firstStep = now.stepIndex;
    noteRepeated(order);
    do {
      if (cohort.completesSomebody()) {
        complete();
      } else {
        repeat();
      }
    } while (finished.size() == 0
        && !arrivals.due(now.nanos)
        && now.nanos < horizonNanos
        && now.stepIndex < rules.maxSteps()
        && cohort.next());
    leaptSteps += now.stepIndex - firstStep;
    cohort.breakUpIfBound(now.stepIndex - 1);
    return true;
  }

  /** Everybody that runs has just sampled a token, and nobody can be admitted before somebody leaves. */
  private boolean isQuiet() {
    int left = sampled.size() - finished.size();
    return left > 0
        && left == scheduler.running().size()
        && (settled || scheduler.waiting() == 0 || scheduler.refusesHead());
  }

  private void noteRepeated(IntList order) {
    sampled.clear();
    sampled.addAll(order);
    finished.clear();
    now.goingOn = order.size();
    if (scheduler.waiting() == 0) {
      scheduler.decisions().clear();
    }
  }

  /** The quiet step at hand and those foreseen after it, as far as nobody comes before. */
  private void repeat() {
    long untilNanos = Math.min(horizonNanos, Present.LAST_NANOS + 1);
    if (!arrivals.exhausted()) {
      untilNanos = Math.min(untilNanos, arrivals.nextNanos());
    }
    long most = Math.min(rules.maxSteps() - now.stepIndex, Repeats.MOST);
    int foreseen = cohort.foreseen(Math.min(most, now.stepsUntil(untilNanos)));
    if (cohort.growsInTurn()) {
      untilNanos = Math.min(untilNanos, now.nextLookNanos());
    }
    scheduler.repeat(batch, 1);
    int steps = clock.repeated(
        batch,
        server.table(),
        now.repeats.times(),
        (int) Math.min(most, foreseen),
        untilNanos - now.nanos);
    if (steps > 1) {
      scheduler.repeat(batch, steps - 1);
    }
    partition.countRepeated(batch.size(), now.stepIndex);
    cohort.grow(steps, now.repeats.growth());
    now.observeRepeats(steps);
    cohort.skip(steps);
    decisionNanos = now.nanos;
  }

  /** A quiet step that gives somebody the last token. */
  private void complete() {
    scheduler.repeat(batch, 1);
    take();
    settled = false;
  }

  private void skipToNextArrival() {
    partition.countIdle();
    idleUntil(arrivals.nextNanos());
  }

  private void idleUntil(long nanos) {
    long idleSinceNanos = now.nanos;
    now.advance(nanos);
    decisionNanos = now.nanos;
    for (Probe probe : probes) {
      probe.onIdle(partition, idleSinceNanos, now.nanos);
    }
  }

  private void writeAndSample() {
    sampled.clear();
    finished.clear();
    sampled.addAll(cohort.members());
    cohort.step(finished);
    for (int i = cohort.size(); i < batch.size(); i++) {
      int request = batch.request(i);
      flight.scheduled(request, now.startNanos, batch.context(i));
      requests.computed(request, batch.tokens(i));
      if (requests.computedTokens(request) == requests.knownTokens(request)) {
        sampled.add(request);
        boolean last = flight.isLastToken(request);
        if (last) {
          finished.add(request);
        }
        if (!last || !server.ahead()) { // one step ahead it is known that nothing follows the last
          requests.sampled(request);
        }
      }
    }
  }

  private boolean isStuck(boolean more) {
    emptySteps = batch.size() == 0 ? emptySteps + 1 : 0;
    fruitlessSteps = sampled.size() == 0 ? fruitlessSteps + 1 : 0;
    return now.stepIndex >= rules.maxSteps()
        || emptySteps >= STUCK_STEPS
        || fruitlessSteps >= FRUITLESS_STEPS // requests that take each other's pages in turn
        || (emptySteps >= STALLED_STEPS && !more && arrivals.exhausted());
  }

  /** Ends the run at a time that is not before the last step's end. */
  void end(long atNanos) {
    departures.noticeAll();
    if (atNanos > now.nanos) {
      if (requests.live() == 0) {
        partition.countIdle();
      }
      idleUntil(atNanos);
    }
    departures.abandon();
    arrivals.abandon();
    for (Probe probe : probes) {
      probe.onEnd(now.nanos);
    }
  }

  /** Steps taken so far that were not spelled out. */
  public long leaptSteps() {
    return leaptSteps;
  }
}
