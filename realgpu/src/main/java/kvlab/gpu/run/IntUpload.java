package kvlab.gpu.run;

import java.nio.IntBuffer;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.PinnedMemory;
import kvlab.gpu.device.Stream;

/** An array of integers with a copy on the device. The device must be done with it before it is refilled. */
final class IntUpload implements AutoCloseable {
  private final DeviceMemory memory;
  private final PinnedMemory staging;
  private final IntBuffer staged;

  IntUpload(Device device, int capacity) {
    this.memory = device.allocate(4L * capacity);
    this.staging = device.pin(4L * capacity);
    this.staged = staging.buffer(0, 4 * capacity).asIntBuffer();
  }

  void put(int index, int value) {
    staged.put(index, value);
  }

  int get(int index) {
    return staged.get(index);
  }

  void put(int[] values, int count) {
    staged.position(0);
    staged.put(values, 0, count);
  }

  /** Copies the first so many to the device, in the order of the stream. */
  void upload(int count, Stream stream) {
    memory.write(0, staging, 0, 4L * count, stream);
  }

  /** Copies the first so many from the device, in the order of the stream. */
  void download(int count, Stream stream) {
    memory.read(0, staging, 0, 4L * count, stream);
  }

  long address() {
    return memory.address();
  }

  @Override
  public void close() {
    staging.close();
    memory.close();
  }
}
