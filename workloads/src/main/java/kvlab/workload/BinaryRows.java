package kvlab.workload;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The binary trace format of this program, read from any stream; see {@link BinaryTrace}. */
final class BinaryRows implements RowSource {
  private final TraceInput in;
  private final BinaryBlock block = new BinaryBlock();
  private byte[] stored = new byte[1 << 20];
  private ByteBuffer bytes = littleEndian(stored);
  private int row; // of the block, read next
  private int hashAt;
  private long blocks;
  private long rows;
  private long lastNanos;
  private boolean ended;

  BinaryRows(TraceInput in) {
    this.in = in;
    fill(0, BinaryTrace.MAGIC.length);
  }

  static boolean matches(TraceHead head) {
    return head.startsWith(BinaryTrace.MAGIC);
  }

  @Override
  public boolean next(RowFields into) {
    if (row == block.rows && !nextBlock()) {
      return false;
    }
    into.clear();
    int i = row++;
    into.identified = true;
    into.id = (block.flags & BinaryBlock.IDS) != 0 ? block.id[i] : block.firstId + i;
    into.arrivalNanos = block.arrivalNanos[i];
    into.promptTokens = block.promptTokens[i];
    into.outputTokens = block.outputTokens[i];
    into.priority = (block.flags & BinaryBlock.PRIORITIES) != 0 ? block.priority[i] : 0;
    into.keyed = (block.flags & BinaryBlock.PROMPT_KEYS) != 0;
    into.promptKey = into.keyed ? block.promptKey[i] : 0;
    into.hashBlockTokens = block.hashBlockTokens;
    int count = block.hashIds > 0 ? block.hashCount[i] : 0;
    for (int h = 0; h < count; h++) {
      into.addHashId(block.hashId[hashAt++]);
    }
    rows++;
    return true;
  }

  private boolean nextBlock() {
    if (ended) {
      return false;
    }
    if (blocks > 0) {
      lastNanos = block.arrivalNanos[block.rows - 1];
    }
    fill(0, BinaryBlock.HEAD_BYTES);
    if (BinaryBlock.rows(bytes, 0) == 0) {
      ended = true;
      if (bytes.getLong(24) != rows) {
        throw damaged("another number of requests than it says");
      }
      return false;
    }
    try {
      fill(BinaryBlock.HEAD_BYTES, BinaryBlock.columnBytes(bytes, 0));
      block.decode(bytes.position(0), lastNanos);
    } catch (InputException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
    blocks++;
    row = 0;
    hashAt = 0;
    return true;
  }

  /** Reads so many bytes to the index. */
  private void fill(int from, int length) {
    if (stored.length < from + length) {
      stored = Arrays.copyOf(stored, from + length);
      bytes = littleEndian(stored);
    }
    int read = 0;
    while (read < length) {
      int n = in.read(stored, from + read, length - read);
      if (n < 0) {
        throw damaged("an end in the middle");
      }
      read += n;
    }
  }

  private InputException damaged(String why) {
    return BinaryTrace.damaged(in.name(), blocks, why);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public String place() {
    return in.name() + ": request " + rows;
  }

  @Override
  public boolean timed() {
    return (block.flags & BinaryBlock.UNTIMED) == 0;
  }
}
