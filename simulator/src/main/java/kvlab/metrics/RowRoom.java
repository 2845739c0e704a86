package kvlab.metrics;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import kvlab.kv.KvAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.PageTable;
import kvlab.sched.IntList;
import kvlab.sched.Requests;

/**
 * What the rows of one page table have room for, as sums over rows of which only those whose pages have
 * changed are counted anew. For layers that do not slide and allocators that ask by pages.
 *
 * <pre>
 *   row       0     1     2
 *   fit     | 64  | 16  |     |   slots asked for that are or will be filled
 *   unused  | 0   | 9   |     |   slots asked for that never will be
 *   rounding| 0   | 0   |     |   slots given beyond that
 *   most    | 64  | 16  | 0   |   tokens that may be written
 * </pre>
 */
final class RowRoom {
  private final LayerGroup group;
  private final PageTable table;
  private final KvAllocator allocator;
  private final Requests requests;
  private final IntUnaryOperator finalNeedTokens;
  private final long[] rowFit;
  private final long[] rowUnused;
  private final long[] rowRounding;
  private final int[] rowMost;
  private long fit;
  private long unused;
  private long rounding;
  private boolean
      known; // the sums are those of the rows when the table's changes were last forgotten

  RowRoom(
      LayerGroup group,
      KvAllocator allocator,
      Requests requests,
      IntUnaryOperator finalNeedTokens) {
    this.group = group;
    this.table = group.table();
    this.allocator = allocator;
    this.requests = requests;
    this.finalNeedTokens = finalNeedTokens;
    this.rowFit = new long[table.rows()];
    this.rowUnused = new long[table.rows()];
    this.rowRounding = new long[table.rows()];
    this.rowMost = new int[table.rows()];
  }

  boolean isKnown() {
    return known;
  }

  /** The rows are counted by others for a while. */
  void lose() {
    known = false;
  }

  long fit() {
    return fit;
  }

  long unused() {
    return unused;
  }

  long rounding() {
    return rounding;
  }

  /** Counts what has changed, or everything where nothing is known. */
  void count(IntList running, long step) {
    if (known) {
      countChanged(step);
      return;
    }
    fit = 0;
    unused = 0;
    rounding = 0;
    Arrays.fill(rowFit, 0);
    Arrays.fill(rowUnused, 0);
    Arrays.fill(rowRounding, 0);
    Arrays.fill(rowMost, 0);
    for (int i = 0; i < running.size(); i++) {
      count(requests.row(running.get(i)), running.get(i), step);
    }
    table.forgetChanges();
    known = true;
  }

  void countChanged(long step) {
    for (int i = 0; i < table.changedRows(); i++) {
      int row = table.changedRow(i);
      fit -= rowFit[row];
      unused -= rowUnused[row];
      rounding -= rowRounding[row];
      int request = requests.holder(row);
      if (request != Requests.NOBODY) {
        count(row, request, step);
      } else {
        rowFit[row] = 0;
        rowUnused[row] = 0;
        rowRounding[row] = 0;
        rowMost[row] = 0;
      }
    }
    table.forgetChanges();
  }

  private void count(int row, int request, long step) {
    int need = finalNeedTokens.applyAsInt(request);
    int asked = allocator.askedTokens(row);
    int given = table.capacityTokens(row);
    if (asked > given) {
      throw Partition.broken(step, breach(requests, request, asked, given, need));
    }
    long count = group.layers().count();
    long empty = group.pageLayers() - count;
    rowMost[row] = Math.min(asked, need);
    rowFit[row] = count * rowMost[row];
    rowUnused[row] = count * Math.max(0, asked - need);
    rowRounding[row] = count * (given - asked) + empty * given;
    fit += rowFit[row];
    unused += rowUnused[row];
    rounding += rowRounding[row];
  }

  /** Stops the run where a request has written more than there is room for. */
  void check(int request, long step) {
    check(request, allocator.askedTokens(requests.row(request)), step);
  }

  /** The same for those that run, the first so many excepted, whose rows have been counted. */
  void checkCounted(IntList running, int first, long step) {
    for (int i = first; i < running.size(); i++) {
      check(running.get(i), rowMost[requests.row(running.get(i))], step);
    }
  }

  private void check(int request, int mostTokens, long step) {
    if (requests.computedTokens(request) > mostTokens) {
      int row = requests.row(request);
      int need = finalNeedTokens.applyAsInt(request);
      int asked = allocator.askedTokens(row);
      int given = table.capacityTokens(row);
      throw Partition.broken(step, breach(requests, request, asked, given, need));
    }
  }

  /** Slots written by those that have rows. */
  long writtenSlots() {
    return requests.placedTokens() * group.layers().count();
  }

  static String breach(Requests requests, int request, int asked, int given, int need) {
    return "row " + requests.row(request) + " of request " + requests.id(request) + " has "
        + requests.computedTokens(request) + " live, " + asked + " asked, " + given + " given, "
        + need + " needed slots";
  }
}
