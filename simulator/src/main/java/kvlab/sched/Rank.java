package kvlab.sched;

/** Who is more important under the priority policy: the smaller (priority, arrival). */
record Rank(Requests requests) implements Precedence {
  @Override
  public boolean before(int request, int other) {
    if (requests.priority(request) != requests.priority(other)) {
      return requests.priority(request) < requests.priority(other);
    }
    return requests.arrivalNanos(request) < requests.arrivalNanos(other);
  }
}
