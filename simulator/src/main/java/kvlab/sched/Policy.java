package kvlab.sched;

/** Who is admitted first, and who gives way when memory runs out. */
public enum Policy {
  /** In order of arrival; the one admitted last gives way. */
  FCFS,
  /** The smallest (priority, arrival) first; the greatest gives way. */
  PRIORITY;

  RequestQueue queue(Requests requests) {
    return this == FCFS ? new FcfsQueue() : new PriorityQueue(requests);
  }
}
