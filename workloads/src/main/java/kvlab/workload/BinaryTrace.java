package kvlab.workload;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * A trace in this program's binary format, read from the mapped file as it is replayed: a trace larger
 * than memory costs one {@link BinaryBlock} of heap per replay. A row takes 16 bytes, more with stored
 * ids, priorities, prompt keys or hash ids.
 *
 * <pre>
 *   8 bytes    0x89 K V T R A C 1
 *   blocks     see BinaryBlock; each has a checksum of its own, checked when it is read
 *   32 bytes   the last block head: facts of the whole file
 * </pre>
 */
public final class BinaryTrace implements RequestSource {
  static final byte[] MAGIC = {(byte) 0x89, 'K', 'V', 'T', 'R', 'A', 'C', '1'};

  private static final long WINDOW_BYTES = 1 << 30;

  private final Path file;
  private final long bytes;
  private final long stored; // requests in the file
  private final long requests;
  private final int flags;
  private final int hashBlockTokens;

  private BinaryTrace(
      Path file, long bytes, long stored, long requests, int flags, int hashBlockTokens) {
    this.file = file;
    this.bytes = bytes;
    this.stored = stored;
    this.requests = requests;
    this.flags = flags;
    this.hashBlockTokens = hashBlockTokens;
  }

  /**
   * Opens a file for replays; reads no more than its two ends.
   *
   * @throws InputException if it is not a whole file of this format
   */
  public static BinaryTrace open(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long bytes = channel.size();
      ByteBuffer first = read(channel, 0, MAGIC.length);
      ByteBuffer last = read(channel, bytes - BinaryBlock.HEAD_BYTES, BinaryBlock.HEAD_BYTES);
      if (!first.equals(ByteBuffer.wrap(MAGIC))) {
        throw new InputException(file + ": is not a binary trace");
      }
      int flags = last.getInt(16);
      int hashBlockTokens = last.getInt(20);
      long requests = last.getLong(24);
      if (BinaryBlock.rows(last, 0) != 0 || requests < 1 || hashBlockTokens < 0) {
        throw new InputException(file + ": damaged binary trace: it does not end as it must");
      }
      return new BinaryTrace(file, bytes, requests, requests, flags, hashBlockTokens);
    } catch (IOException e) {
      throw new InputException(file + ": cannot read: " + e.getMessage(), e);
    }
  }

  /** The first requests of the trace, all of them when there are fewer. */
  public BinaryTrace first(long limit) {
    long fewer = Math.min(limit, stored);
    return new BinaryTrace(file, bytes, stored, fewer, flags, hashBlockTokens);
  }

  private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    int read = 0;
    while (read >= 0 && into.hasRemaining() && from >= 0) {
      read = channel.read(into, from + into.position());
    }
    return into.rewind();
  }

  /** Writes the requests of a stream, the same bytes for the same requests; leaves the output open. */
  static long write(RequestStream stream, boolean timed, OutputStream out) throws IOException {
    out.write(MAGIC);
    BinaryBlock block = new BinaryBlock();
    int untimed = timed ? 0 : BinaryBlock.UNTIMED;
    int seen = untimed;
    int unit = 0;
    long requests = 0;
    boolean more = stream.next();
    while (more) {
      block.clear();
      while (more && !block.isFull()) {
        block.add(stream);
        more = stream.next();
      }
      block.flags |= untimed;
      seen |= block.flags;
      unit = Math.max(unit, block.hashBlockTokens);
      requests += block.rows;
      out.write(block.encode().array());
    }
    out.write(BinaryBlock.lastHead(seen, unit, requests).array());
    out.flush();
    return requests;
  }

  static InputException damaged(String file, long block, String why) {
    return new InputException(file + ": damaged binary trace: block " + block + " has " + why);
  }

  @Override
  public String name() {
    return Traces.traceName(file.toString());
  }

  @Override
  public long requests() {
    return requests;
  }

  @Override
  public boolean hasPriorities() {
    return (flags & BinaryBlock.PRIORITIES) != 0;
  }

  @Override
  public boolean hasPromptKeys() {
    return (flags & BinaryBlock.PROMPT_KEYS) != 0;
  }

  @Override
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  /** Whether the requests have times; else all arrive at 0. */
  public boolean timed() {
    return (flags & BinaryBlock.UNTIMED) == 0;
  }

  @Override
  public RequestStream stream() {
    return new Cursor();
  }

  /** Walks over the blocks of the mapped file, of which it copies one at a time. */
  private final class Cursor implements RequestStream {
    private final BinaryBlock block = new BinaryBlock();
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart = MAGIC.length; // index in the file of the window's first byte
    private long blocks;
    private long seen; // requests of all blocks so far
    private long left = requests;
    private int row = -1;
    private int hashFrom;
    private int hashTo;

    @Override
    public boolean next() {
      if (left == 0 && requests < stored) {
        return false;
      }
      if (row + 1 >= block.rows && !nextBlock()) {
        return false;
      }
      left--;
      row++;
      hashFrom = hashTo;
      hashTo += block.hashIds > 0 ? block.hashCount[row] : 0;
      return true;
    }

    private boolean nextBlock() {
      long lastNanos = blocks == 0 ? 0 : block.arrivalNanos[block.rows - 1];
      try {
        see(BinaryBlock.HEAD_BYTES);
        if (BinaryBlock.rows(window, window.position()) == 0) {
          if (seen != stored) {
            throw new InputException("another number of requests than it says");
          }
          return false;
        }
        see(BinaryBlock.HEAD_BYTES + BinaryBlock.columnBytes(window, window.position()));
        block.decode(window, lastNanos);
      } catch (InputException e) {
        throw damaged(file.toString(), blocks, String.valueOf(e.getMessage()));
      }
      blocks++;
      seen += block.rows;
      row = -1;
      hashTo = 0;
      return true;
    }

    /** Sees to it that the window holds so many bytes from its position on. */
    private void see(int length) {
      if (window.remaining() >= length) {
        return;
      }
      windowStart += window.position();
      if (windowStart + length > bytes) {
        throw new InputException("an end in the middle");
      }
      window = map(windowStart, Math.min(WINDOW_BYTES, bytes - windowStart));
    }

    private ByteBuffer map(long from, long length) {
      try (FileChannel channel = FileChannel.open(file)) {
        MappedByteBuffer mapped = channel.map(MapMode.READ_ONLY, from, length);
        return mapped.order(ByteOrder.LITTLE_ENDIAN);
      } catch (IOException e) {
        throw new InputException(file + ": cannot read: " + e.getMessage(), e);
      }
    }

    @Override
    public long id() {
      return (block.flags & BinaryBlock.IDS) != 0 ? block.id[row] : block.firstId + row;
    }

    @Override
    public long arrivalNanos() {
      return block.arrivalNanos[row];
    }

    @Override
    public int promptTokens() {
      return block.promptTokens[row];
    }

    @Override
    public int outputTokens() {
      return block.outputTokens[row];
    }

    @Override
    public int priority() {
      return (block.flags & BinaryBlock.PRIORITIES) != 0 ? block.priority[row] : 0;
    }

    @Override
    public long promptKey() {
      return (block.flags & BinaryBlock.PROMPT_KEYS) != 0 ? block.promptKey[row] : id();
    }

    @Override
    public int hashBlockTokens() {
      return hashBlockTokens;
    }

    @Override
    public int hashCount() {
      return hashTo - hashFrom;
    }

    @Override
    public long hashId(int index) {
      return block.hashId[hashFrom + index];
    }
  }
}
