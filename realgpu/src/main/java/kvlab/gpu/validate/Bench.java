package kvlab.gpu.validate;

import java.util.Arrays;
import java.util.function.IntConsumer;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Event;
import kvlab.gpu.device.Graph;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.run.Resources;

/**
 * A device to measure on. Times are medians of intervals between device events after a warm-up.
 *
 * <pre>
 *   stream  | warm-up | e0 | work .. work | e1 | work .. work | e2 | ..      time = (e1 - e0) / works
 * </pre>
 *
 * Everything is submitted ahead, so that the device never waits for the host, and short work is repeated in
 * one graph, as an engine's steps are: launching from Java takes longer than a small kernel.
 */
final class Bench implements AutoCloseable {
  private static final double LEAST_MICROS =
      250; // of an interval; events are half a microsecond fine
  private static final int LEAST_REPS = 7;
  private static final double MOST_MICROS = 200_000; // of all repetitions, from the least on
  private static final int MOST_WORKS = 512; // in an interval

  private final Resources resources = new Resources();
  final Device device;
  final Stream stream;
  final KernelSet kernels;
  final Scale scale;
  private final Event[] events;

  Bench(Device device, Scale scale) {
    this.device = resources.add(device);
    this.scale = scale;
    this.stream = resources.add(device.stream());
    this.events = new Event[scale.reps() + 1];
    for (int i = 0; i < events.length; i++) {
      events[i] = resources.add(device.event());
    }
    this.kernels = resources.add(new KernelSet(device));
  }

  /** Microseconds of kernels that use the same memory each time. */
  double micros(IntConsumer work) {
    return micros(1, work);
  }

  /**
   * Microseconds of kernels.
   *
   * @param buffers that the work goes round: all of them are used before one is used again
   * @param work is told which repetition it is; only launches and copies within the device
   */
  double micros(int buffers, IntConsumer work) {
    work.accept(0); // loads kernels
    double once = interval(() -> work.accept(0));
    int works = scale.twin()
        ? 1
        : (int) Math.max(buffers, Math.min(MOST_WORKS, Math.ceil(LEAST_MICROS / once)));
    try (Graph graph = stream.capture(() -> {
      for (int i = 0; i < works; i++) {
        work.accept(i);
      }
    })) {
      return median(() -> graph.launch(stream)) / works;
    }
  }

  /** Microseconds of copies to and from the host, as an engine submits them: one call after the other. */
  double submittedMicros(Runnable work) {
    return median(work);
  }

  /**
   * Microseconds of work in each of as many intervals, one after the other, as there are repetitions, without
   * a warm-up.
   *
   * @param works in an interval
   */
  double[] series(int works, Runnable work) {
    events[0].record(stream);
    for (int i = 1; i < events.length; i++) {
      for (int j = 0; j < works; j++) {
        work.run();
      }
      events[i].record(stream);
    }
    events[events.length - 1].synchronize();
    double[] micros = new double[events.length - 1];
    for (int i = 0; i < micros.length; i++) {
      micros[i] = Math.max(1, events[i + 1].nanosSince(events[i])) / 1e3 / works;
    }
    return micros;
  }

  private double interval(Runnable work) {
    events[0].record(stream);
    work.run();
    events[1].record(stream);
    events[1].synchronize();
    return Math.max(1, events[1].nanosSince(events[0])) / 1e3;
  }

  private double median(Runnable work) {
    double once = interval(work);
    int reps = (int) Math.max(LEAST_REPS, Math.min(scale.reps(), MOST_MICROS / once));
    reps = Math.min(reps, scale.reps());
    events[0].record(stream);
    for (int i = 1; i <= reps; i++) {
      work.run();
      events[i].record(stream);
    }
    events[reps].synchronize();
    long[] nanos = new long[reps];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = Math.max(1, events[i + 1].nanosSince(events[i]));
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
