package kvlab.gpu.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Host memory that does not move, so that copies can run beside Java and beside kernels. */
public final class PinnedMemory implements AutoCloseable {
  private final Pointer pointer = new Pointer();
  private final long bytes;
  private boolean open;

  PinnedMemory(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("pinned memory of " + bytes + " bytes");
    }
    this.bytes = bytes;
    CudaException.check("cuMemAllocHost", bytes, JCudaDriver.cuMemAllocHost(pointer, bytes));
    open = true;
  }

  public long bytes() {
    return bytes;
  }

  /** A part of it for Java to read and write, in native byte order; not to be used after closing. */
  public ByteBuffer buffer(long offset, int length) {
    requireInside(offset, length);
    return pointer.getByteBuffer(offset, length).order(ByteOrder.nativeOrder());
  }

  Pointer pointer(long offset) {
    return pointer.withByteOffset(offset);
  }

  void requireInside(long offset, long length) {
    if (!open || offset < 0 || length < 0 || offset > bytes - length) {
      throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of pinned memory of "
          + bytes + (open ? "" : ", which is closed"));
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuMemFreeHost", bytes, JCudaDriver.cuMemFreeHost(pointer));
    }
  }
}
