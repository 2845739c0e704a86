package kvlab.sched;

/** An order among requests. */
interface Precedence {
  /** Whether one request strictly precedes another. */
  boolean before(int request, int other);
}
