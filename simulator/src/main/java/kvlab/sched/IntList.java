package kvlab.sched;

import java.util.Arrays;

/** A growable list of ints. */
public final class IntList {
  /** The list that stays empty. */
  static final IntList NONE = new IntList();

  private int[] values = new int[16];
  private int size;

  public int size() {
    return size;
  }

  public int get(int index) {
    return values[index];
  }

  public long sum() {
    long sum = 0;
    for (int i = 0; i < size; i++) {
      sum += values[i];
    }
    return sum;
  }

  public void clear() {
    size = 0;
  }

  public void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = value;
  }

  /** Appends all of another list. */
  public void addAll(IntList other) {
    int sum = size + other.size;
    if (sum > values.length) {
      values = Arrays.copyOf(values, Math.max(sum, values.length * 2));
    }
    System.arraycopy(other.values, 0, values, size, other.size);
    size = sum;
  }

  /** Whether it begins with all of another list. */
  public boolean startsWith(IntList other) {
    return other.size <= size && Arrays.equals(values, 0, other.size, other.values, 0, other.size);
  }

  public int removeLast() {
    return values[--size];
  }

  /** Removes the first such element, which there is; those behind it move up. */
  public void remove(int value) {
    int index = 0;
    while (values[index] != value) {
      index++;
    }
    removeAt(index);
  }

  /** Removes the element at the index; those behind it move up. */
  public void removeAt(int index) {
    size--;
    System.arraycopy(values, index + 1, values, index, size - index);
  }

  public void set(int index, int value) {
    values[index] = value;
  }

  /** Puts them in the rank's order; equal ones keep theirs. Fast where little is out of order. */
  void sort(Rank rank) {
    for (int i = 1; i < size; i++) {
      int moved = values[i];
      int at = i;
      for (; at > 0 && rank.before(moved, values[at - 1]); at--) {
        values[at] = values[at - 1];
      }
      values[at] = moved;
    }
  }

  public void truncate(int newSize) {
    size = newSize;
  }
}
