package kvlab.workload;

/** A growing set of longs: open addressing, linear probing, at most half full. */
final class LongSet {
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

  private long[] table = new long[FIRST_CAPACITY]; // 0 is an empty place
  private boolean hasZero;
  private int nonZeros;

  /** Adds a value; false if it was there. */
  boolean add(long value) {
    if (value == 0) {
      boolean added = !hasZero;
      hasZero = true;
      return added;
    }
    if (2 * nonZeros >= table.length) {
      grow();
    }
    if (!insert(table, value)) {
      return false;
    }
    nonZeros++;
    return true;
  }

  private void grow() {
    long[] larger = new long[2 * table.length];
    for (long value : table) {
      if (value != 0) {
        insert(larger, value);
      }
    }
    table = larger;
  }

  private static boolean insert(long[] table, long value) {
    int mask = table.length - 1;
    // the high bits of the product depend on all bits of the value
    int at = (int) ((value * GOLDEN_RATIO) >>> 32) & mask;
    while (table[at] != 0) {
      if (table[at] == value) {
        return false;
      }
      at = (at + 1) & mask;
    }
    table[at] = value;
    return true;
  }
}
