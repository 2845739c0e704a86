package kvlab.gpu.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.ElementType;

/**
 * Random weights in one piece of device memory. They are never zeros, whose products a device computes
 * with less power and so faster; they repeat after {@value #PERIOD} elements, which no cache holds.
 *
 * <pre>
 *   | embedding | layer 0: qkv, output, gate and up, down, two norms | layer 1 | .. | norm | head |
 * </pre>
 */
final class LlamaWeights implements AutoCloseable {
  /** Elements after which they repeat: a prime, so that rows differ. */
  private static final int PERIOD = 32_452_843;

  private static final int SMALL_PERIOD = 65_521; // where all of the weights are smaller than that
  private static final double SCALE =
      0.02 * StrictMath.sqrt(3); // uniform, deviation 0.02 as in Llama

  private final LlamaShape shape;
  private final DeviceMemory memory;

  LlamaWeights(Device device, Stream stream, LlamaShape shape, long seed) {
    this.shape = shape;
    long elements = shape.weightElements();
    this.memory = device.allocate(elements * ElementType.BYTES);
    try {
      fill(stream, elements, seed);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void fill(Stream stream, long elements, long seed) {
    int period = (int) Math.min(elements, elements < PERIOD ? SMALL_PERIOD : PERIOD);
    ByteBuffer block =
        ByteBuffer.allocateDirect(period * ElementType.BYTES).order(ByteOrder.nativeOrder());
    SplittableRandom random = new SplittableRandom(seed);
    ElementType type = shape.heads().type();
    for (int i = 0; i < period; i++) {
      block.putShort(type.bits((float) ((random.nextDouble() * 2 - 1) * SCALE)));
    }
    memory.write(0, block.flip());
    long filled = (long) period * ElementType.BYTES;
    long all = elements * ElementType.BYTES;
    while (filled < all) { // doubles what is there
      long more = Math.min(filled, all - filled);
      memory.copy(filled, memory, 0, more, stream);
      filled += more;
    }
    stream.synchronize();
  }

  long bytes() {
    return memory.bytes();
  }

  long embedding() {
    return at(0);
  }

  /** {@code [qkvElements][hidden]}. */
  long qkv(int layer) {
    return at(layer(layer));
  }

  /** {@code [hidden][queryElements]}. */
  long output(int layer) {
    return at(layer(layer) + (long) shape.hidden() * shape.qkvElements());
  }

  /** {@code [2 inner][hidden]}: gate, then up. */
  long gateUp(int layer) {
    return output(layer) + bytesOf((long) shape.hidden() * shape.heads().queryElements());
  }

  /** {@code [hidden][inner]}. */
  long down(int layer) {
    return gateUp(layer) + bytesOf(2L * shape.hidden() * shape.inner());
  }

  long attentionNorm(int layer) {
    return down(layer) + bytesOf((long) shape.hidden() * shape.inner());
  }

  long feedForwardNorm(int layer) {
    return attentionNorm(layer) + bytesOf(shape.hidden());
  }

  long finalNorm() {
    return at(layer(shape.layers()));
  }

  /** {@code [vocabulary][hidden]}. */
  long head() {
    return finalNorm() + bytesOf(shape.hidden());
  }

  private long layer(int layer) {
    return (long) shape.vocabulary() * shape.hidden() + layer * shape.layerElements();
  }

  private long at(long element) {
    return memory.address() + bytesOf(element);
  }

  private static long bytesOf(long elements) {
    return elements * ElementType.BYTES;
  }

  @Override
  public void close() {
    memory.close();
  }
}
