package kvlab.engine;

import kvlab.design.Server;
import kvlab.kv.KvAllocator;
import kvlab.metrics.Growth;
import kvlab.metrics.Partition;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;

/**
 * Quiet steps in a row: everybody that runs computes one token in each, and nobody comes or leaves. A step
 * costs what changes in it: the batch's totals, and the pages of the rows that run out of them, which are
 * taken in the order in which {@code schedule} would have, one step after the other or, where memory is ample
 * and nobody is expected for long, for many steps at once. What each request has is brought up to date at the
 * end.
 *
 * <p>It ends when somebody has all its tokens, and before a step that might not find room for all: that one
 * is the scheduler's, which finds what it would have found.
 */
final class Stretch {
  private final Requests requests;
  private final Scheduler scheduler;
  private final KvAllocator allocator;
  private final Flight flight;
  private final Partition partition;
  private final Batch batch;
  private final GrowthCalendar calendar = new GrowthCalendar();
  private final Turns turns;
  private IntList order = new IntList();
  private int steps; // done
  private int mostSteps; // until the first has all its tokens
  private boolean inTurn; // the steps foreseen include some in which rows grow

  Stretch(Server server, Flight flight, Partition partition, Batch batch) {
    this.requests = server.requests();
    this.scheduler = server.scheduler();
    this.allocator = server.allocator();
    this.flight = flight;
    this.partition = partition;
    this.batch = batch;
    this.turns = new Turns(allocator, server.table());
  }

  /**
   * Starts with those that run, in the order in which room is made for them, and their first step; false,
   * and nothing done, when that might not find room.
   */
  boolean opens(IntList quietOrder) {
    order = quietOrder;
    steps = 0;
    mostSteps = Integer.MAX_VALUE;
    batch.clear();
    calendar.open(order.size());
    for (int i = 0; i < order.size(); i++) {
      int request = order.get(i);
      int computed = requests.computedTokens(request);
      mostSteps = Math.min(mostSteps, flight.tokensLeft(request));
      batch.add(request, requests.row(request), 1, computed, true);
      plan(i, computed, 1);
    }
    return next();
  }

  /** Notes when the sequence grows next, from that step on. */
  private void plan(int index, int computedAtStart, int fromStep) {
    int growth = allocator.nextGrowth(batch.row(index), computedAtStart + fromStep);
    if (growth - computedAtStart <= mostSteps) { // as far as that is known by now
      calendar.put(index, growth - computedAtStart);
    }
  }

  /** Makes room for the next step and batches it; false, and nothing done, when the stretch ends before. */
  boolean next() {
    if (steps == mostSteps || !hasRoom(steps + 1)) {
      return false;
    }
    steps++;
    for (int i = calendar.next(steps, 0); i >= 0; i = calendar.next(steps, i + 1)) {
      grow(i);
    }
    if (steps > 1) {
      batch.repeat(1);
    }
    return true;
  }

  /**
   * Steps that can be taken at once: the one at hand, which completes nobody, and those after it in which nobody
   * is complete and either nobody grows or, where that is many steps more, rows take pages in turn.
   *
   * @param expected steps until somebody comes, about
   */
  int foreseen(long expected) {
    int alike = Math.min(mostSteps, calendar.nextStep(steps)) - steps;
    long most = Math.min(expected, mostSteps - (long) steps);
    inTurn = false;
    if (most > alike && most > turns.roundSteps() / 2) {
      long pages = turns.pages(partition, scheduler.decisions());
      int after = pages == 0 ? 0 : turns.lineUp(batch, pages);
      inTurn = after >= alike;
      return inTurn ? Math.min(mostSteps - steps, after + 1) : alike;
    }
    return alike;
  }

  /** Whether rows grow in steps foreseen. */
  boolean growsInTurn() {
    return inTurn;
  }

  /** Takes the pages of so many steps foreseen. */
  void grow(int foreseenSteps, Growth growth) {
    growth.begin(inTurn ? foreseenSteps - 1 : 0);
    if (inTurn) {
      turns.take(batch, flight, foreseenSteps - 1, growth);
      growth.end();
    }
  }

  /** So many steps further, which were foreseen. */
  void skip(int foreseenSteps) {
    steps += foreseenSteps;
    if (inTurn) {
      calendar.open(order.size());
      for (int i = 0; i < order.size(); i++) {
        int computed = requests.computedTokens(order.get(i));
        growTo(i, computed + steps);
        plan(i, computed, steps + 1);
      }
    }
  }

  private boolean hasRoom(int step) {
    long pages = 0;
    for (int i = calendar.next(step, 0); i >= 0; i = calendar.next(step, i + 1)) {
      int tokens = requests.computedTokens(order.get(i)) + step;
      pages += allocator.pagesToGrow(batch.row(i), tokens);
    }
    return pages == 0 || pages <= allocator.freePages();
  }

  private void grow(int index) {
    int request = order.get(index);
    int computed = requests.computedTokens(request);
    partition.takeOut(request);
    growTo(index, computed + steps);
    partition.putBack(request);
    plan(index, computed, steps + 1);
  }

  private void growTo(int index, int tokens) {
    if (!allocator.grow(batch.row(index), tokens)) {
      throw new IllegalStateException("no room for token " + tokens + " of request "
          + requests.id(order.get(index)) + " where room was promised");
    }
  }

  /** Whether the step at hand gives somebody its last token. */
  boolean completesSomebody() {
    return steps == mostSteps;
  }

  /** Brings the requests up to date after the step of that index, which ended at that time. */
  void close(long stepIndex, long nowNanos) {
    for (int i = 0; i < order.size(); i++) {
      int request = order.get(i);
      requests.decoded(request, steps);
      flight.sampled(request, nowNanos);
      allocator.use(batch.row(i), requests.computedTokens(request), stepIndex);
    }
  }
}
