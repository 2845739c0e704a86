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
  public int size() {
    return size;
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
