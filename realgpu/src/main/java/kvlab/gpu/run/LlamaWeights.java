package kvlab.gpu.run;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.ElementType;

/**
 * Random weights in one piece of device memory. They are never zeros, whose products a device computes
 * with less power and so faster.
 *
 * <pre>
 *   | embedding | layer 0: qkv, output, gate and up, down, two norms | layer 1 | .. | norm | head |
 * </pre>
 */
final class LlamaWeights implements AutoCloseable {
  private static final double SCALE =
      0.02 * StrictMath.sqrt(3); // uniform, deviation 0.02 as in Llama

  private final LlamaShape shape;
  private final DeviceMemory memory;

  LlamaWeights(Device device, Stream stream, LlamaShape shape, long seed) {
    this.shape = shape;
    long elements = shape.weightElements();
    this.memory = device.allocate(elements * ElementType.BYTES);
    try {
      RandomFill.fill(memory, shape.heads().type(), SCALE, seed, stream);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
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
