package kvlab.gpu.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;

/**
 * The one parameter of a kernel: a struct by value, written field by field in the order of its
 * declaration. All fields are 8-byte pointers, then 4-byte integers and floats, so there are no gaps.
 * The driver copies it at launch; it can be refilled at once. One struct and not a list of parameters
 * because JCuda spends about 1.5 us on each of those.
 *
 * <pre>
 *   bytes  0         8         16     20     24
 *        | pointer | pointer | int  | float | ...
 * </pre>
 */
public final class Params {
  private static final int CAPACITY = 256;

  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(CAPACITY).order(ByteOrder.nativeOrder());
  private final Pointer kernelParams = Pointer.to(Pointer.to(bytes));

  /** Starts again with the first field. */
  public Params clear() {
    bytes.clear();
    return this;
  }

  /** A pointer into device memory; 0 for none. */
  public Params pointer(long address) {
    if (bytes.position() % Long.BYTES != 0) {
      throw new IllegalStateException("pointers come before other fields");
    }
    bytes.putLong(address);
    return this;
  }

  public Params pointer(DeviceMemory memory) {
    return pointer(memory.address());
  }

  public Params int32(int value) {
    bytes.putInt(value);
    return this;
  }

  public Params float32(float value) {
    bytes.putFloat(value);
    return this;
  }

  Pointer kernelParams() {
    return kernelParams;
  }
}
