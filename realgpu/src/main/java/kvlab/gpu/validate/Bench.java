package kvlab.gpu.validate;

import java.util.Arrays;
import java.util.function.IntConsumer;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Event;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.run.Resources;

/** A device to measure on: times are medians of device events after a warm-up. */
final class Bench implements AutoCloseable {
  private final Resources resources = new Resources();
  final Device device;
  final Stream stream;
  final KernelSet kernels;
  final Scale scale;
  private final Event start;
  private final Event end;

  Bench(Device device, Scale scale) {
    this.device = resources.add(device);
    this.scale = scale;
    this.stream = resources.add(device.stream());
    this.start = resources.add(device.event());
    this.end = resources.add(device.event());
    this.kernels = resources.add(new KernelSet(device));
  }

  /** Microseconds of the work; it is told which repetition it is, so that it can rotate buffers. */
  double micros(IntConsumer work) {
    work.accept(0); // loads kernels, fills the instruction cache
    long[] nanos = new long[scale.reps()];
    for (int rep = 0; rep < nanos.length; rep++) {
      start.record(stream);
      work.accept(rep);
      end.record(stream);
      end.synchronize();
      nanos[rep] = Math.max(1, end.nanosSince(start));
    }
    Arrays.sort(nanos);
    return nanos[nanos.length / 2] / 1e3;
  }

  /** Integers on the device, which the caller closes. */
  DeviceMemory upload(int[] values) {
    DeviceMemory memory = device.allocate(4L * values.length);
    memory.write(values);
    return memory;
  }

  @Override
  public void close() {
    resources.close();
  }
}
