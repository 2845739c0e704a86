package kvlab.gpu.run;

import java.nio.IntBuffer;
import java.util.Arrays;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.PinnedMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.kv.PageTable;
import kvlab.workload.InputException;

/**
 * The rows of a step's sequences on the device, in the order of the step. Only what differs from the step
 * before is uploaded: for a sequence that decodes, one page id in {@code pageTokens} steps.
 *
 * <pre>
 *   device, [slot][stride]      slot = place in the step, not the row of the engine's table
 *   paged       | 17 | 18 | 4 | . | . |      page ids
 *   contiguous  | 17 | 96 |                  first page, reserved tokens
 * </pre>
 */
final class DevicePageTable implements AutoCloseable {
  private final Addressing addressing;
  private final int stride;
  private final int[] mirror; // [slot][stride] what the device has
  private final DeviceMemory memory;
  private final PinnedMemory staging; // the same shape: nothing in it moves while a copy may run
  private final IntBuffer staged;
  private final KvLaunches.Table table;
  private long uploadedInts;

  DevicePageTable(Device device, Addressing addressing, int slots, int maxPages) {
    this.addressing = addressing;
    this.stride = addressing == Addressing.PAGED ? maxPages : 2;
    this.mirror = new int[Math.multiplyExact(slots, stride)];
    Arrays.fill(mirror, PageTable.NO_PAGE);
    this.memory = device.allocate(4L * mirror.length);
    this.staging = device.pin(4L * mirror.length);
    this.staged = staging.buffer(0, 4 * mirror.length).asIntBuffer();
    this.table = new KvLaunches.Table(memory.address(), stride);
  }

  KvLaunches.Table table() {
    return table;
  }

  /** Integers that went to the device since the start. */
  long uploadedInts() {
    return uploadedInts;
  }

  /** Puts the engine's row into a slot, in the order of the stream. */
  void put(int slot, PageTable from, int row, Stream stream) {
    if (addressing == Addressing.PAGED) {
      putPages(slot, from, row, stream);
    } else {
      putRun(slot, from, row, stream);
    }
  }

  private void putPages(int slot, PageTable from, int row, Stream stream) {
    int at = slot * stride;
    int pages = Math.min(from.pages(row), stride); // beyond the longest sequence nothing is read
    int first = 0;
    while (first < pages && mirror[at + first] == from.page(row, first)) {
      first++;
    }
    int end = pages;
    while (end > first && mirror[at + end - 1] == from.page(row, end - 1)) {
      end--;
    }
    for (int i = first; i < end; i++) {
      mirror[at + i] = from.page(row, i);
    }
    upload(at + first, end - first, stream);
  }

  private void putRun(int slot, PageTable from, int row, Stream stream) {
    int pages = from.pages(row);
    for (int i = 1; i < pages; i++) {
      if (from.page(row, i) != from.page(row, 0) + i) {
        throw new InputException("this design's sequences are not one run of pages each, which"
            + " layout=contiguous needs: page " + i + " is " + from.page(row, i) + " after "
            + from.page(row, i - 1));
      }
    }
    int at = slot * stride;
    int reserved = pages * from.pool().pageTokens();
    int firstPage = pages == 0 ? 0 : from.page(row, 0);
    if (mirror[at] != firstPage || mirror[at + 1] != reserved) {
      mirror[at] = firstPage;
      mirror[at + 1] = reserved;
      upload(at, 2, stream);
    }
  }

  private void upload(int from, int ints, Stream stream) {
    if (ints > 0) {
      staged.position(from);
      staged.put(mirror, from, ints);
      memory.write(4L * from, staging, 4L * from, 4L * ints, stream);
      uploadedInts += ints;
    }
  }

  @Override
  public void close() {
    staging.close();
    memory.close();
  }
}
