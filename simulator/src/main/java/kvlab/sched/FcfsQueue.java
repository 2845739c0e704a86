package kvlab.sched;

/** First come, first served; a preempted request goes to the front. A ring that doubles when full. */
public final class FcfsQueue implements RequestQueue {
  private int[] ring = new int[64];
  private int head;
  private int size;

  @Override
  public void arrive(int request) {
    makeRoom();
    ring[(head + size++) & (ring.length - 1)] = request;
  }

  @Override
  public void giveBack(int request) {
    makeRoom();
    head = (head - 1) & (ring.length - 1);
    ring[head] = request;
    size++;
  }

  @Override
  public int head() {
    return ring[head];
  }

  @Override
  public void removeHead() {
    head = (head + 1) & (ring.length - 1);
    size--;
  }

  @Override
  public void remove(int request) {
    int at = 0;
    while (get(at) != request) {
      at++;
    }
    for (; at > 0; at--) {
      ring[(head + at) & (ring.length - 1)] = get(at - 1);
    }
    removeHead();
  }

  @Override
  public int size() {
    return size;
  }

  /** The request at the index, 0 being the head. */
  int get(int index) {
    return ring[(head + index) & (ring.length - 1)];
  }

  /** Puts them in an order; equal ones keep theirs. Fast where little is out of order. */
  void sort(Precedence order) {
    for (int i = 1; i < size; i++) {
      int moved = get(i);
      int at = i;
      for (; at > 0 && order.before(moved, get(at - 1)); at--) {
        ring[(head + at) & (ring.length - 1)] = get(at - 1);
      }
      ring[(head + at) & (ring.length - 1)] = moved;
    }
  }

  @Override
  public void copyTo(IntList order) {
    for (int i = 0; i < size; i++) {
      order.add(get(i));
    }
  }

  private void makeRoom() {
    if (size == ring.length) {
      int[] larger = new int[size * 2];
      for (int i = 0; i < size; i++) {
        larger[i] = ring[(head + i) & (size - 1)];
      }
      ring = larger;
      head = 0;
    }
  }
}
