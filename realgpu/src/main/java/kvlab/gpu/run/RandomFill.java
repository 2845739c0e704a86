package kvlab.gpu.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.ElementType;

/**
 * Random numbers all over a piece of device memory: a block from the host, doubled until it is full. It
 * is a prime number of elements, so that rows differ; that it repeats no cache can see, which goes by
 * addresses.
 */
public final class RandomFill {
  private static final int PERIOD = 65_521;

  private RandomFill() {}

  /** Fills it with uniform numbers of that standard deviation; returns when done. */
  public static void fill(
      DeviceMemory memory, ElementType type, double deviation, long seed, Stream stream) {
    long elements = memory.bytes() / ElementType.BYTES;
    int period = (int) Math.min(elements, PERIOD);
    ByteBuffer block =
        ByteBuffer.allocateDirect(period * ElementType.BYTES).order(ByteOrder.nativeOrder());
    SplittableRandom random = new SplittableRandom(seed);
    double range = deviation * StrictMath.sqrt(3);
    for (int i = 0; i < period; i++) {
      block.putShort(type.bits((float) ((random.nextDouble() * 2 - 1) * range)));
    }
    memory.write(0, block.flip());
    long filled = (long) period * ElementType.BYTES;
    while (filled < memory.bytes()) {
      long more = Math.min(filled, memory.bytes() - filled);
      memory.copy(filled, memory, 0, more, stream);
      filled += more;
    }
    stream.synchronize();
  }
}
