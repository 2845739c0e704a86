package kvlab.engine;

import java.util.Arrays;
import kvlab.workload.RequestStream;

/**
 * Requests that a router has sent to a replica and that its server has not taken yet, as rows of a
 * primitive table. A stream that has ended goes on when more is sent; what was read is overwritten.
 *
 * <pre>
 *   row  | id | arrival | prompt | output | priority | key | hash block | hash start | hash end |
 * </pre>
 */
final class Inbox implements RequestStream {
  private static final int CELLS = 9;
  private static final int START = 7;
  private static final int END = 8;

  private long[] rows = new long[64 * CELLS];
  private long[] hashIds = new long[64];
  private int cursor = -1; // row of the request that was read last
  private int used; // rows
  private int usedHashes;

  /** Appends the request that the other stream stands at. */
  void send(RequestStream request) {
    int hashes = request.hashCount();
    if ((used + 1) * CELLS > rows.length || usedHashes + hashes > hashIds.length) {
      makeRoom(hashes);
    }
    int at = used++ * CELLS;
    rows[at] = request.id();
    rows[at + 1] = request.arrivalNanos();
    rows[at + 2] = request.promptTokens();
    rows[at + 3] = request.outputTokens();
    rows[at + 4] = request.priority();
    rows[at + 5] = request.promptKey();
    rows[at + 6] = request.hashBlockTokens();
    rows[at + START] = usedHashes;
    for (int i = 0; i < hashes; i++) {
      hashIds[usedHashes++] = request.hashId(i);
    }
    rows[at + END] = usedHashes;
  }

  /** Forgets what was read, and doubles what is still more than half full then. */
  private void makeRoom(int hashes) {
    forgetRead();
    if (2 * (used + 1) * CELLS > rows.length) {
      rows = Arrays.copyOf(rows, 2 * rows.length);
    }
    if (2 * (usedHashes + hashes) > hashIds.length) {
      hashIds = Arrays.copyOf(hashIds, 2 * (usedHashes + hashes));
    }
  }

  /** Moves everything from the cursor on to the front. */
  private void forgetRead() {
    int from = Math.max(0, cursor);
    int fromHash = used == 0 ? 0 : (int) rows[from * CELLS + START];
    System.arraycopy(rows, from * CELLS, rows, 0, (used - from) * CELLS);
    System.arraycopy(hashIds, fromHash, hashIds, 0, usedHashes - fromHash);
    used -= from;
    usedHashes -= fromHash;
    cursor -= from;
    for (int row = 0; row < used; row++) {
      rows[row * CELLS + START] -= fromHash;
      rows[row * CELLS + END] -= fromHash;
    }
  }

  /** Requests that there is room for. */
  int capacity() {
    return rows.length / CELLS;
  }

  private long cell(int cell) {
    return rows[cursor * CELLS + cell];
  }

  @Override
  public boolean next() {
    if (cursor + 1 >= used) {
      return false;
    }
    cursor++;
    return true;
  }

  @Override
  public long id() {
    return cell(0);
  }

  @Override
  public long arrivalNanos() {
    return cell(1);
  }

  @Override
  public int promptTokens() {
    return (int) cell(2);
  }

  @Override
  public int outputTokens() {
    return (int) cell(3);
  }

  @Override
  public int priority() {
    return (int) cell(4);
  }

  @Override
  public long promptKey() {
    return cell(5);
  }

  @Override
  public int hashBlockTokens() {
    return (int) cell(6);
  }

  @Override
  public int hashCount() {
    return (int) (cell(END) - cell(START));
  }

  @Override
  public long hashId(int index) {
    return hashIds[(int) cell(START) + index];
  }
}
