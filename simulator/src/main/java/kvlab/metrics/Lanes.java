package kvlab.metrics;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.TreeSet;

/** Gives intervals that come in order of their starts the lowest lane that none of them occupies. */
final class Lanes {
  private record Busy(long until, int lane) {}

  private final PriorityQueue<Busy> busy =
      new PriorityQueue<>(Comparator.comparingLong(Busy::until).thenComparingInt(Busy::lane));
  private final TreeSet<Integer> free = new TreeSet<>();
  private int lanes;

  /** The lane of the next interval. */
  int take(long from, long until) {
    for (Busy first = busy.peek(); first != null && first.until <= from; first = busy.peek()) {
      free.add(first.lane);
      busy.remove();
    }
    Integer lowest = free.pollFirst();
    int lane = lowest == null ? lanes++ : lowest;
    busy.add(new Busy(until, lane));
    return lane;
  }
}
