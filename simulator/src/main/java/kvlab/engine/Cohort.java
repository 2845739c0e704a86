package kvlab.engine;

import java.util.Arrays;
import kvlab.design.Server;
import kvlab.kv.KvAllocator;
import kvlab.metrics.Growth;
import kvlab.metrics.Partition;
import kvlab.sched.IntList;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;
import kvlab.step.Batch;

/**
 * Those that run and compute one token in every step. A step costs what changes in it: the batch's totals,
 * and the pages of the rows that run out of them, which are taken in the order in which {@code schedule} would
 * have, one step after the other or, where memory is ample and nobody is expected for long, for many steps at
 * once. What is known of each member is when its row grows and when it has all its tokens:
 *
 * <pre>
 *   steps = 40    place          0     1     2     3
 *                 member      |  7  |     |  2  |  9  |   handle; nobody where one has left
 *                 calendar    | 41  |     | 52  | 44  |   the step in which its row grows
 *                 endStep     | 73  |     | 60  | 44  |   the step that gives it the last token
 * </pre>
 *
 * <p>Members come and go between steps. Of some allocators more than that is to be said, or what is known of
 * a row changes with what others do; then the cohort breaks up whenever somebody else is to be scheduled.
 */
final class Cohort {
  private static final int NEVER = Integer.MAX_VALUE;
  private static final int NOBODY = -1;

  private final Requests requests;
  private final Scheduler scheduler;
  private final KvAllocator allocator;
  private final Flight flight;
  private final Partition partition;
  private final Batch batch;
  private final Present now;
  private final Turns turns;
  private final boolean staysTrue; // what is known of the members, while others are scheduled
  private final IntList members = new IntList(); // in the order in which room is made for them
  private final GrowthCalendar calendar = new GrowthCalendar();
  private int[] member = {}; // [place]
  private int[] endStep = {}; // [place]
  private int places; // taken so far, in the order of the members
  private int steps; // begun since there was nobody
  private int endNext = NEVER; // the least of endStep
  private int endAfter = NEVER; // the same without those that leave
  private final IntList leaving =
      new IntList(); // places that the step at hand gives the last token
  private int[] grows = {}; // places whose rows grow in the next step, or in the one at hand
  private int growing; // how many
  private int batched; // members that the batch begins with
  private boolean inTurn; // the steps foreseen include some in which rows grow

  Cohort(Server server, Flight flight, Partition partition, Batch batch, Present now) {
    this.requests = server.requests();
    this.scheduler = server.scheduler();
    this.allocator = server.allocator();
    this.flight = flight;
    this.partition = partition;
    this.batch = batch;
    this.now = now;
    this.staysTrue = allocator.rowsGrowAlone();
    this.turns = new Turns(allocator, server.table());
  }

  int size() {
    return members.size();
  }

  IntList members() {
    return members;
  }

  /** Becomes those that run, in the order in which room is made for them, up to the first that does not decode. */
  void assemble(IntList order) {
    if (!order.startsWith(members)) {
      breakUp(now.stepIndex - 1);
    }
    for (int i = members.size(); i < order.size() && decodes(order.get(i)); i++) {
      if (flight.tokensLeft(order.get(i)) >= Requests.COHORT_LIMIT - steps) {
        breakUp(now.stepIndex - 1); // counts steps from 0 again
        i = 0;
      }
      join(order.get(i));
    }
  }

  /** Whether the request has just sampled a token and all before it are computed. */
  private boolean decodes(int request) {
    return requests.knownTokens(request) == requests.computedTokens(request) + 1
        && flight.finalNeedTokens(request) < Requests.COHORT_LIMIT
        && flight.lastTokenNanos(request) == now.nanos;
  }

  private void join(int request) {
    if (places == member.length) {
      makePlaces();
    }
    int place = places++;
    member[place] = request;
    members.add(request);
    requests.joinCohort(request);
    endStep[place] = steps + flight.tokensLeft(request);
    endNext = Math.min(endNext, endStep[place]);
    plan(place, requests.computedTokens(request), steps);
  }

  /** Makes room for more: closes the gaps of those that have left or, where these are few, adds places. */
  private void makePlaces() {
    if (2 * members.size() >= member.length) {
      int size = Math.max(Long.SIZE, 2 * member.length);
      member = Arrays.copyOf(member, size);
      endStep = Arrays.copyOf(endStep, size);
      grows = new int[size];
      calendar.widen(size);
      return;
    }
    int kept = 0;
    for (int place = 0; place < places; place++) {
      if (member[place] != NOBODY) {
        int due = calendar.due(place);
        calendar.remove(place);
        calendar.put(kept, due);
        member[kept] = member[place];
        endStep[kept++] = endStep[place];
      }
    }
    places = kept;
  }

  /** Notes when the row of a place grows next, which has so many tokens after that step. */
  private void plan(int place, int tokens, int afterStep) {
    int growth = allocator.nextGrowth(requests.row(member[place]), tokens + 1);
    calendar.put(place, (int) Math.min(NEVER, (long) afterStep + growth - tokens));
  }

  /**
   * Whether the cohort goes on by itself in a step in which the scheduler sees to the others; if so it has begun
   * that step. Members for whose next token there might not be room, and all behind them, are others then.
   */
  boolean goesOn() {
    IntList running = scheduler.running();
    if (members.size() == 0 || !staysTrue || !scheduler.decodesInOrder(running.size())) {
      return false;
    }
    assemble(running);
    int withRoom = countWithRoom();
    if (withRoom < growing) {
      letGoFrom(grows[withRoom]);
      growing = withRoom;
    }
    if (members.size() > 0) {
      begin();
    }
    return members.size() > 0;
  }

  /** Begins a step of all; false, and nothing done, when there might not be room. */
  boolean next() {
    if (steps == endNext || countWithRoom() < growing) {
      return false;
    }
    begin();
    return true;
  }

  /** Lists whose rows grow in the next step; so many of them find room for sure. */
  private int countWithRoom() {
    growing = calendar.list(steps + 1, grows);
    int freePages = growing == 0 ? 0 : allocator.freePages();
    long pages = 0;
    for (int i = 0; i < growing; i++) {
      int request = member[grows[i]];
      int tokens = requests.computedTokens(request) + 1;
      pages += allocator.pagesToGrow(requests.row(request), tokens);
      if (pages > freePages) {
        return i;
      }
    }
    return growing;
  }

  private void letGoFrom(int firstPlace) {
    for (int place = firstPlace; place < places; place++) {
      if (member[place] != NOBODY) {
        members.removeLast();
        leave(place);
      }
    }
    places = firstPlace;
    batched = Math.min(batched, members.size());
    findEndNext();
  }

  private void begin() {
    steps++;
    lead();
    for (int i = 0; i < growing; i++) {
      grow(grows[i]);
    }
  }

  private void lead() {
    if (batched == 0) {
      batch.clear();
    } else {
      batch.repeatFirst(batched);
    }
    for (; batched < members.size(); batched++) {
      int request = members.get(batched);
      batch.add(request, requests.row(request), 1, requests.computedTokens(request), true);
    }
  }

  private void grow(int place) {
    int tokens = requests.computedTokens(member[place]) + 1;
    partition.check(member[place], now.stepIndex);
    partition.takeOut(member[place]);
    growTo(place, tokens);
    partition.putBack(member[place]);
    plan(place, tokens, steps);
  }

  private void growTo(int place, int tokens) {
    if (!allocator.grow(requests.row(member[place]), tokens)) {
      throw new IllegalStateException("no room for token " + tokens + " of request "
          + requests.id(member[place]) + " where room was promised");
    }
  }

  private void findEndNext() {
    int least = NEVER;
    for (int place = 0; place < places; place++) {
      least = Math.min(least, endStep[place]);
    }
    endNext = least;
  }

  /**
   * Steps that can be taken at once: the one at hand, which completes nobody, and those after it in which nobody
   * is complete and either nobody grows or, where that is many steps more, rows take pages in turn.
   *
   * @param expected steps until somebody comes, about
   */
  int foreseen(long expected) {
    int alike = Math.min(endNext, calendar.nextStep(steps)) - steps;
    long most = Math.min(expected, endNext - (long) steps);
    inTurn = false;
    if (most > alike && most > turns.roundSteps() / 2) {
      long pages = turns.pages(partition, scheduler.decisions());
      int after = pages == 0 ? 0 : turns.lineUp(batch, pages);
      inTurn = after >= alike;
      return inTurn ? Math.min(endNext - steps, after + 1) : alike;
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

  /** So many steps foreseen are done, the one at hand among them. */
  void skip(int foreseenSteps) {
    steps += foreseenSteps - 1;
    requests.advanceCohort(foreseenSteps);
    if (inTurn) {
      for (int place = 0; place < places; place++) {
        if (member[place] != NOBODY) {
          int tokens = requests.computedTokens(member[place]);
          growTo(place, tokens);
          plan(place, tokens, steps);
        }
      }
    }
  }

  /** Whether the step at hand gives somebody its last token. */
  boolean completesSomebody() {
    return steps == endNext;
  }

  /** The step at hand has computed and sampled a token of each; lists whose last it was. */
  void step(IntList finished) {
    requests.advanceCohort(1);
    if (!completesSomebody()) {
      return;
    }
    endAfter = NEVER;
    for (int place = 0; place < places; place++) {
      if (endStep[place] == steps) {
        leaving.add(place);
        finished.add(member[place]);
      } else if (endStep[place] < endAfter) {
        endAfter = endStep[place];
      }
    }
  }

  /** Lets go of those that the step at hand has given their last token. */
  void leave() {
    if (!completesSomebody()) {
      return;
    }
    for (int i = 0; i < leaving.size(); i++) {
      int place = leaving.get(i);
      batch.remove(member[place]);
      members.remove(member[place]);
      leave(place);
    }
    leaving.clear();
    batched = members.size();
    endNext = endAfter;
  }

  private void leave(int place) {
    int request = member[place];
    partition.check(request, now.stepIndex);
    requests.leaveCohort(request);
    flight.sampled(request, now.nanos);
    member[place] = NOBODY;
    endStep[place] = NEVER;
    calendar.remove(place);
  }

  /** After the step of that index: breaks up, unless what is known of the members stays true. */
  void breakUpIfBound(long stepIndex) {
    if (!staysTrue) {
      breakUp(stepIndex);
    }
  }

  /** Nobody is in it any more; the step of that index was the last. Who runs is counted by itself from then on. */
  void breakUp(long stepIndex) {
    for (int i = 0; i < members.size(); i++) {
      int request = members.get(i);
      requests.leaveCohort(request);
      flight.sampled(request, now.nanos);
      if (steps > 0) {
        allocator.use(requests.row(request), requests.computedTokens(request), stepIndex);
      }
    }
    members.clear();
    leaving.clear();
    calendar.clear(places);
    places = 0;
    steps = 0;
    endNext = NEVER;
    batched = 0;
  }
}
