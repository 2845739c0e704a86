package kvlab.metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layout;
import kvlab.kv.Pool;
import kvlab.sched.IntList;
import kvlab.sched.Requests;

/**
 * Films a pool: who held which page, at moments that are equally far apart in simulated time. When the run
 * outgrows the frames, every second one goes and the rest are twice as far apart; pages of a large pool
 * share a cell. So memory and file are bounded, however long the run and large the pool, and the same run
 * gives the same film, leaping or not.
 *
 * <pre>
 *   gzip of variable-length integers, 7 bits a byte, low bits first; signed ones as zigzag:
 *     3, pages, page tokens, pages per cell, start ns, ns from frame to frame, frames, look of free pages, then
 *     for each frame
 *       slots of each {@link Part}; waiting requests
 *       running requests, and of each  id - id of the one before (signed), prompt tokens, live, final need,
 *                                      asked, given slots
 *       for each cell its owner        0 as in the frame before; 1 as the cell before it; else 2 + one of
 *                                      0 nobody, 1 shared, 2 finished, 3 withheld, 4 + place among those running
 *       for each cell its look         0 as expected, else 1 + eighths live + 9 x what the rest is:
 *                                      0 nothing, 1 reserved, 2 internal, 3 rounding, 4 cached, 5 free, 6 withheld
 *                                      expected is that of the frame before where the owner was the same, and
 *                                      elsewhere that of a free page where nobody is the owner, else all live
 *       of either a 0 stands for itself and as many more as the integer after it says
 * </pre>
 */
public final class PoolFilm implements Probe {
  private static final int VERSION = 3;
  private static final int MOST_CELLS = 16_384;
  private static final int MOST_FRAMES = 256;
  private static final int FEWEST_FRAMES = 64;
  private static final int MOST_CELL_FRAMES = 1 << 21;
  private static final int MOST_BYTES = 1 << 20; // of the file
  private static final long FIRST_INTERVAL_NANOS = 10_000_000;
  private static final int REQUEST_COLUMNS = 6;
  private static final byte ALL_LIVE = MapCells.look(1, 1, PoolMap.Rest.NONE);

  private final Pool pool;
  private final Path file;
  private final long noSoonerNanos;
  private final PoolMap map;
  private final Frame[] frames;
  private int used;
  private long startNanos = -1;
  private long intervalNanos = FIRST_INTERVAL_NANOS;
  private IntPredicate isCached = page -> false; // until the server that is filmed has taken a step

  private static final class Frame {
    final long[] parts = new long[Part.values().length];
    final int[] owner; // [cell] place of a running request, or one of those of the map
    final byte[] look; // [cell]
    int[] requests = new int[0]; // [running][REQUEST_COLUMNS]
    int waiting;

    Frame(int cells) {
      owner = new int[cells];
      look = new byte[cells];
    }

    /** Ids of the requests that cells belong to, or who else they belong to. */
    void ids(int[] id) {
      for (int cell = 0; cell < owner.length; cell++) {
        int its = owner[cell];
        id[cell] = its >= 0 ? requests[its * REQUEST_COLUMNS] : its;
      }
    }
  }

  /**
   * A film of a pool, which goes to a file at the end of the run.
   *
   * @param noSoonerNanos a time that the run does not end before: frames that would go by then are not made,
   *     and the film is the same
   */
  public PoolFilm(Pool pool, Path file, long noSoonerNanos) {
    this.noSoonerNanos = noSoonerNanos;
    this.pool = pool;
    this.file = file;
    this.map = new PoolMap(pool.pages(), pool.pageTokens(), MOST_CELLS);
    int fit = Integer.highestOneBit(MOST_CELL_FRAMES / map.cells().count());
    this.frames = new Frame[Math.max(FEWEST_FRAMES, Math.min(MOST_FRAMES, fit))];
  }

  /** Whether all layers lie in pages of the pool itself; where not, no film is made. */
  private boolean canFilm(Partition partition) {
    Layout layout = partition.layout();
    boolean can = layout.pool().equals(pool);
    for (LayerGroup group : layout.groups()) {
      can &= group.table().pool().equals(pool);
    }
    return can;
  }

  @Override
  public boolean readsTotalsOnly() {
    return true; // and of steps that repeat what the batch says
  }

  @Override
  public void onBegin(long nanos) {
    startNanos = nanos;
    while ((noSoonerNanos - startNanos) / frames.length > intervalNanos) {
      intervalNanos *= 2;
    }
  }

  @Override
  public long nextLookNanos() {
    return nextNanos();
  }

  private long nextNanos() {
    return startNanos + used * intervalNanos;
  }

  @Override
  public void onStep(StepView step) {
    if (startNanos < 0) {
      onBegin(step.startNanos());
    }
    if (nextNanos() >= step.endNanos() || !canFilm(step.partition())) {
      return;
    }
    isCached = step.allocator()::isCached;
    map.count(step);
    int[] requests = running(step);
    while (nextNanos() < step.endNanos()) {
      fill(frame(), step.partition(), requests, step.scheduler().waiting());
    }
  }

  @Override
  public void onRepeats(Repeats steps) {
    if (nextNanos() >= steps.endNanos()) {
      return;
    }
    long endNanos = steps.startNanos();
    for (int i = 0; i < steps.count(); i++) {
      endNanos += steps.nanos(i);
      if (nextNanos() < endNanos) {
        onStep(steps.step(i));
      }
    }
    steps.step(0);
  }

  @Override
  public void onIdle(Partition partition, long fromNanos, long toNanos) {
    if (startNanos < 0 || nextNanos() >= toNanos || !canFilm(partition)) {
      return;
    }
    map.clear();
    map.countFree(partition.layout().groups(), isCached);
    while (nextNanos() < toNanos) {
      fill(frame(), partition, new int[0], 0);
    }
  }

  /** The next frame to fill; there is one, since frames go where they have run out. */
  private Frame frame() {
    if (used == frames.length) {
      halve();
    }
    if (frames[used] == null) {
      frames[used] = new Frame(map.cells().count());
    }
    return frames[used++];
  }

  /** Lets every second frame go. */
  private void halve() {
    for (int i = 0; 2 * i < used; i++) {
      Frame kept = frames[2 * i];
      frames[2 * i] = frames[i];
      frames[i] = kept;
    }
    used = (used + 1) / 2;
    intervalNanos *= 2;
  }

  private int[] running(StepView step) {
    IntList running = step.scheduler().running();
    Requests requests = step.requests();
    int count = running.size();
    int[] columns = new int[count * REQUEST_COLUMNS];
    for (int i = 0; i < count; i++) {
      int request = running.get(i);
      int row = requests.row(request);
      int at = i * REQUEST_COLUMNS;
      columns[at] = (int) (requests.id(request) & Integer.MAX_VALUE); // owners below 0 are others
      columns[at + 1] = requests.promptTokens(request);
      columns[at + 2] = map.written(request);
      columns[at + 3] = step.partition().finalNeedTokens(request);
      columns[at + 4] = step.allocator().askedTokens(row);
      columns[at + 5] = step.partition().layout().groups().get(0).table().capacityTokens(row);
    }
    return columns;
  }

  private void fill(Frame frame, Partition partition, int[] requests, int waiting) {
    frame.requests = requests;
    frame.waiting = waiting;
    for (Part part : Part.values()) {
      frame.parts[part.ordinal()] = partition.slots(part);
    }
    map.cells().owners(frame.owner);
    map.cells().looks(frame.look);
  }

  @Override
  public void onEnd(long endNanos) {
    if (used == 0) {
      return;
    }
    byte[] film = film();
    while (film.length > MOST_BYTES && used > FEWEST_FRAMES / 2) {
      halve();
      film = film();
    }
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.write(file, film);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] film() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Integers to = new Integers(packed(bytes))) {
      byte free = lookOfFree();
      for (long each : new long[] {
        VERSION,
        pool.pages(),
        pool.pageTokens(),
        map.pagesPerCell(),
        startNanos,
        intervalNanos,
        used,
        free
      }) {
        to.put(each);
      }
      int[] id = new int[map.cells().count()];
      int[] idBefore = new int[map.cells().count()];
      Arrays.fill(idBefore, PoolMap.NOBODY);
      byte[] expected = new byte[map.cells().count()];
      Arrays.fill(expected, free);
      for (int i = 0; i < used; i++) {
        writeHead(frames[i], to);
        frames[i].ids(id);
        writeOwners(frames[i].owner, id, idBefore, expected, free, to);
        writeLooks(frames[i].look, expected, to);
        System.arraycopy(frames[i].look, 0, expected, 0, expected.length);
        int[] spare = idBefore;
        idBefore = id;
        id = spare;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeHead(Frame frame, Integers to) throws IOException {
    for (long slots : frame.parts) {
      to.put(slots);
    }
    to.put(frame.waiting);
    to.put(frame.requests.length / REQUEST_COLUMNS);
    for (int at = 0; at < frame.requests.length; at += REQUEST_COLUMNS) {
      int idBefore = at == 0 ? 0 : frame.requests[at - REQUEST_COLUMNS];
      to.putSigned(frame.requests[at] - (long) idBefore);
      for (int column = 1; column < REQUEST_COLUMNS; column++) {
        to.put(frame.requests[at + column]);
      }
    }
  }

  /** What pages that nobody holds look like most of the time. */
  private byte lookOfFree() {
    long cached = 0;
    long empty = 0;
    for (int i = 0; i < used; i++) {
      long[] parts = frames[i].parts;
      cached += parts[Part.CACHED.ordinal()];
      empty += parts[Part.EXTERNAL.ordinal()] + parts[Part.SHORT.ordinal()];
      empty += parts[Part.IDLE.ordinal()];
    }
    return MapCells.look(0, 1, cached > empty ? PoolMap.Rest.CACHED : PoolMap.Rest.FREE);
  }

  /** Writes whose the cells are, and says what is expected of the look of those whose owner has changed. */
  private static void writeOwners(
      int[] owner, int[] id, int[] idBefore, byte[] expected, byte free, Integers to)
      throws IOException {
    int cells = owner.length;
    for (int cell = 0; cell < cells; cell++) {
      int same = Arrays.mismatch(id, cell, cells, idBefore, cell, cells);
      putSame(same < 0 ? cells - cell : same, to);
      if (same < 0) {
        return;
      }
      cell += same;
      expected[cell] = owner[cell] == PoolMap.NOBODY ? free : ALL_LIVE;
      if (cell > 0 && owner[cell] == owner[cell - 1]) {
        to.put(1);
      } else {
        to.put(2 + (owner[cell] >= 0 ? 4 + owner[cell] : -1 - owner[cell]));
      }
    }
  }

  private static void writeLooks(byte[] look, byte[] expected, Integers to) throws IOException {
    int cells = look.length;
    for (int cell = 0; cell < cells; cell++) {
      int same = Arrays.mismatch(look, cell, cells, expected, cell, cells);
      putSame(same < 0 ? cells - cell : same, to);
      if (same < 0) {
        return;
      }
      cell += same;
      to.put(1 + look[cell]);
    }
  }

  /** Writes how many cells are as in the frame before, or as expected, if any. */
  private static void putSame(int cells, Integers to) throws IOException {
    if (cells > 0) {
      to.put(0);
      to.put(cells - 1);
    }
  }

  /** Packed without looking for repetitions: a sixth of the time of level 6, for 12% of the file. */
  private static GZIPOutputStream packed(OutputStream bytes) throws IOException {
    return new GZIPOutputStream(bytes) {
      {
        def.setStrategy(Deflater.HUFFMAN_ONLY);
      }
    };
  }
}
