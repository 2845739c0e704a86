package kvlab.workload;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Some tens of thousands of consecutive requests of a binary trace, as columns; reused for one block
 * after another. All numbers are little-endian.
 *
 * <pre>
 *   head, 32 bytes
 *     int   rows             0 for the file's last head, behind which there are no columns
 *     int   hashIds          of all rows together
 *     int   columnBytes      a multiple of 8
 *     int   crc32c           of the columns
 *     int   flags            1 ids stored, 2 priorities stored, 4 prompt keys stored, 8 without times
 *     int   hashBlockTokens  prompt tokens per hash id, 0 without
 *     long  firstId          rows without stored ids have firstId, firstId + 1, ...
 *                            in the last head: the requests of the file
 *   columns, one behind the other
 *     long  arrivalNanos[rows]   never decreasing, from one block to the next either
 *     long  id[rows]             if stored
 *     long  promptKey[rows]      if stored
 *     long  hashId[hashIds]
 *     int   promptTokens[rows]   at least 1
 *     int   outputTokens[rows]   at least 1
 *     int   priority[rows]       if stored
 *     int   hashCount[rows]      if there are hash ids
 *     zeros up to a multiple of 8
 * </pre>
 */
final class BinaryBlock {
  static final int HEAD_BYTES = 32;
  static final int MAX_ROWS = 1 << 16;

  /** A block is closed when it has so many; one request may take it beyond. */
  static final int ENOUGH_HASH_IDS = 1 << 18;

  static final int IDS = 1;
  static final int PRIORITIES = 2;
  static final int PROMPT_KEYS = 4;
  static final int UNTIMED = 8;

  private static final int MAX_COLUMN_BYTES = 1 << 29;

  int rows;
  long firstId;
  int flags;
  int hashIds;
  int hashBlockTokens;
  final long[] arrivalNanos = new long[MAX_ROWS];
  final long[] id = new long[MAX_ROWS];
  final long[] promptKey = new long[MAX_ROWS];
  final int[] promptTokens = new int[MAX_ROWS];
  final int[] outputTokens = new int[MAX_ROWS];
  final int[] priority = new int[MAX_ROWS];
  final int[] hashCount = new int[MAX_ROWS];
  long[] hashId = {};

  /** Rows of the block whose head stands at the index. */
  static int rows(ByteBuffer bytes, int head) {
    return bytes.getInt(head);
  }

  /** Bytes of the columns behind the head at the index. */
  static int columnBytes(ByteBuffer bytes, int head) {
    int columnBytes = bytes.getInt(head + 8);
    if (columnBytes < 0 || columnBytes > MAX_COLUMN_BYTES) {
      throw contradictory();
    }
    return columnBytes;
  }

  /** The last head of a file. */
  static ByteBuffer lastHead(int flags, int hashBlockTokens, long requests) {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return head.putInt(16, flags).putInt(20, hashBlockTokens).putLong(24, requests);
  }

  void clear() {
    rows = 0;
    hashIds = 0;
    flags = 0;
  }

  /** Adds the request at the stream's cursor; there is room for its row. */
  void add(RequestStream request) {
    if (rows == 0) {
      firstId = request.id();
    }
    int row = rows++;
    id[row] = request.id();
    arrivalNanos[row] = request.arrivalNanos();
    promptTokens[row] = request.promptTokens();
    outputTokens[row] = request.outputTokens();
    priority[row] = request.priority();
    promptKey[row] = request.promptKey();
    flags |= (request.id() != firstId + row ? IDS : 0)
        | (request.priority() != 0 ? PRIORITIES : 0)
        | (request.promptKey() != request.id() ? PROMPT_KEYS : 0);
    hashBlockTokens = request.hashBlockTokens();
    int count = request.hashCount();
    hashCount[row] = count;
    if (hashIds + count > hashId.length) {
      hashId = Arrays.copyOf(hashId, Math.max(hashIds + count, 2 * hashId.length));
    }
    for (int i = 0; i < count; i++) {
      hashId[hashIds++] = request.hashId(i);
    }
  }

  boolean isFull() {
    return rows == MAX_ROWS || hashIds >= ENOUGH_HASH_IDS;
  }

  /** Head and columns, ready to be written. */
  ByteBuffer encode() {
    long needed = neededBytes();
    if (needed > MAX_COLUMN_BYTES) {
      throw new InputException("request " + id[rows - 1] + " has too many hash ids");
    }
    int bytes = (int) needed;
    ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.position(HEAD_BYTES);
    putLongs(out, arrivalNanos, rows);
    putLongs(out, id, rows(IDS));
    putLongs(out, promptKey, rows(PROMPT_KEYS));
    putLongs(out, hashId, hashIds);
    putInts(out, promptTokens, rows);
    putInts(out, outputTokens, rows);
    putInts(out, priority, rows(PRIORITIES));
    putInts(out, hashCount, hashIds > 0 ? rows : 0);
    out.rewind();
    out.putInt(0, rows).putInt(4, hashIds).putInt(8, bytes);
    out.putInt(12, checksum(out, HEAD_BYTES, bytes));
    return out.putInt(16, flags).putInt(20, hashBlockTokens).putLong(24, firstId);
  }

  /** Values of a column that may be left out. */
  private int rows(int flag) {
    return (flags & flag) != 0 ? rows : 0;
  }

  private long neededBytes() {
    long longs = (long) rows + rows(IDS) + rows(PROMPT_KEYS) + hashIds;
    long ints = 2L * rows + rows(PRIORITIES) + (hashIds > 0 ? rows : 0);
    return longs * Long.BYTES + (ints + ints % 2) * Integer.BYTES;
  }

  /**
   * Takes head and columns at the buffer's position and moves it behind them.
   *
   * @param earliestNanos no request may arrive before
   * @throws InputException without a file's name if anything is not as it must be
   */
  void decode(ByteBuffer in, long earliestNanos) {
    int head = in.position();
    rows = in.getInt(head);
    hashIds = in.getInt(head + 4);
    int bytes = in.getInt(head + 8);
    flags = in.getInt(head + 16);
    hashBlockTokens = in.getInt(head + 20);
    firstId = in.getLong(head + 24);
    if (rows < 1
        || rows > MAX_ROWS
        || hashIds < 0
        || hashBlockTokens < (hashIds > 0 ? 1 : 0)
        || firstId < 0
        || bytes != neededBytes()) {
      throw contradictory();
    }
    if (checksum(in, head + HEAD_BYTES, bytes) != in.getInt(head + 12)) {
      throw new InputException("a checksum that does not match");
    }
    in.position(head + HEAD_BYTES);
    getLongs(in, arrivalNanos, rows);
    getLongs(in, id, rows(IDS));
    getLongs(in, promptKey, rows(PROMPT_KEYS));
    if (hashIds > hashId.length) {
      hashId = new long[hashIds];
    }
    getLongs(in, hashId, hashIds);
    getInts(in, promptTokens, rows);
    getInts(in, outputTokens, rows);
    getInts(in, priority, rows(PRIORITIES));
    getInts(in, hashCount, hashIds > 0 ? rows : 0);
    in.position(head + HEAD_BYTES + bytes);
    check(earliestNanos);
  }

  private void check(long earliestNanos) {
    long previous = earliestNanos;
    int wrong = 0; // its sign bit, so that the loop has no branch
    for (int i = 0; i < rows; i++) {
      long nanos = arrivalNanos[i];
      wrong |= (int) ((nanos | (nanos - previous)) >>> 32);
      wrong |= (promptTokens[i] - 1) | (outputTokens[i] - 1);
      previous = nanos;
    }
    long counted = 0;
    for (int i = 0; i < rows && hashIds > 0; i++) {
      wrong |= hashCount[i];
      counted += hashCount[i];
    }
    if (wrong < 0 || counted != hashIds) {
      throw new InputException("times out of order, or a request without tokens");
    }
  }

  private static InputException contradictory() {
    return new InputException("a block head that contradicts itself");
  }

  private static int checksum(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  private static void putLongs(ByteBuffer out, long[] values, int n) {
    out.asLongBuffer().put(values, 0, n);
    out.position(out.position() + n * Long.BYTES);
  }

  private static void putInts(ByteBuffer out, int[] values, int n) {
    out.asIntBuffer().put(values, 0, n);
    out.position(out.position() + n * Integer.BYTES);
  }

  private static void getLongs(ByteBuffer in, long[] values, int n) {
    in.asLongBuffer().get(values, 0, n);
    in.position(in.position() + n * Long.BYTES);
  }

  private static void getInts(ByteBuffer in, int[] values, int n) {
    in.asIntBuffer().get(values, 0, n);
    in.position(in.position() + n * Integer.BYTES);
  }
}
