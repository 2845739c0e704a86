package kvlab.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.run.Resources;

/** Arrays of 16-bit floats on host and device, and how far kernels are from float64. */
final class Numbers {
  /** Relative L2 that a kernel may be off: 16-bit results of float sums. */
  static final double TOLERANCE = 4e-3;

  private final ElementType type;
  private final SplittableRandom random;

  Numbers(ElementType type, long seed) {
    this.type = type;
    this.random = new SplittableRandom(seed);
  }

  /** Normal numbers as the type can hold them. */
  short[] normal(int count) {
    short[] bits = new short[count];
    for (int i = 0; i < count; i++) {
      double u = 1 - random.nextDouble();
      double normal = StrictMath.sqrt(-2 * StrictMath.log(u))
          * StrictMath.cos(2 * Math.PI * random.nextDouble());
      bits[i] = type.bits((float) normal);
    }
    return bits;
  }

  double value(short bits) {
    return type.value(bits);
  }

  double[] values(short[] bits) {
    double[] values = new double[bits.length];
    for (int i = 0; i < bits.length; i++) {
      values[i] = type.value(bits[i]);
    }
    return values;
  }

  static DeviceMemory upload(Device device, Resources resources, short[] bits) {
    DeviceMemory memory = resources.add(device.allocate(2L * Math.max(1, bits.length)));
    memory.write(bits);
    return memory;
  }

  static DeviceMemory upload(Device device, Resources resources, int[] ints) {
    DeviceMemory memory = resources.add(device.allocate(4L * Math.max(1, ints.length)));
    memory.write(ints);
    return memory;
  }

  static short[] download(DeviceMemory memory) {
    short[] bits = new short[(int) (memory.bytes() / 2)];
    memory.read(bits);
    return bits;
  }

  /** Root of the summed squares of the differences over that of the expected; the case is named. */
  static void assertClose(String what, double[] expected, double[] found) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += (expected[i] - found[i]) * (expected[i] - found[i]);
      size += expected[i] * expected[i];
    }
    double relative = size == 0 ? StrictMath.sqrt(error) : StrictMath.sqrt(error / size);
    assertTrue(relative <= TOLERANCE, what + ": relative L2 " + relative); // also when it is NaN
  }
}
