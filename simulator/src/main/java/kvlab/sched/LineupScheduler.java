package kvlab.sched;

/** A scheduler all of whose requests are in one {@link Lineup}. */
interface LineupScheduler extends Scheduler {
  Lineup lineup();

  @Override
  default void enqueue(int request) {
    lineup().waiting().arrive(request);
  }

  @Override
  default void finish(IntList requests) {
    lineup().running().finish(requests);
  }

  @Override
  default IntList running() {
    return lineup().running().order();
  }

  @Override
  default int waiting() {
    return lineup().waiting().size();
  }

  @Override
  default void copyWaiting(IntList order) {
    lineup().waiting().copyTo(order);
  }

  @Override
  default Decisions decisions() {
    return lineup().decisions();
  }
}
