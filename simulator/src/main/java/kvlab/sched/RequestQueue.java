package kvlab.sched;

/** Requests that wait for admission; the head is the next to be admitted. */
public interface RequestQueue {
  /** Adds a request that has just arrived. */
  void arrive(int request);

  /** Adds a request that was running and lost its pages. */
  void giveBack(int request);

  /** The head; the queue is not empty. */
  int head();

  void removeHead();

  /** Takes out a request that is in the queue, wherever it stands. */
  void remove(int request);

  int size();

  /** Appends the requests in the order in which they would be admitted. */
  void copyTo(IntList order);
}
