package kvlab.gpu.device;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A piece of device memory. Copies with arrays are synchronous; offsets and lengths are bytes. */
public final class DeviceMemory implements AutoCloseable {
  private final Address address = new Address();
  private final long bytes;
  private boolean open;

  DeviceMemory(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("device memory of " + bytes + " bytes");
    }
    this.bytes = bytes;
    CudaException.check("cuMemAlloc", bytes, JCudaDriver.cuMemAlloc(address, bytes));
    open = true;
  }

  /** The address as kernels see it. */
  public long address() {
    return address.value();
  }

  public long bytes() {
    return bytes;
  }

  /** Copies all of a direct buffer's remaining bytes to the offset. */
  public void write(long offset, ByteBuffer from) {
    write(offset, Pointer.toBuffer(from), from.remaining());
  }

  public void write(int[] from) {
    write(0, Pointer.to(from), 4L * from.length);
  }

  public void write(short[] from) {
    write(0, Pointer.to(from), 2L * from.length);
  }

  public void write(float[] from) {
    write(0, Pointer.to(from), 4L * from.length);
  }

  public void read(int[] to) {
    read(0, Pointer.to(to), 4L * to.length);
  }

  public void read(short[] to) {
    read(0, Pointer.to(to), 2L * to.length);
  }

  public void read(float[] to) {
    read(0, Pointer.to(to), 4L * to.length);
  }

  /** Copies to all of a direct buffer's remaining bytes from the offset. */
  public void read(long offset, ByteBuffer to) {
    read(offset, Pointer.toBuffer(to), to.remaining());
  }

  private void write(long offset, Pointer from, long length) {
    requireInside(offset, length);
    CudaException.check(
        "cuMemcpyHtoD", length, JCudaDriver.cuMemcpyHtoD(address.plus(offset), from, length));
    // It may return with the bytes still on their way, and streams of ours do not wait for the
    // default one.
    CudaException.check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(new CUstream()));
  }

  private void read(long offset, Pointer to, long length) {
    requireInside(offset, length);
    CudaException.check(
        "cuMemcpyDtoH", length, JCudaDriver.cuMemcpyDtoH(to, address.plus(offset), length));
  }

  /** Sets every byte, in the order of the stream. */
  public void fill(int value, Stream stream) {
    CudaException.check(
        "cuMemsetD8Async",
        bytes,
        JCudaDriver.cuMemsetD8Async(address, (byte) value, bytes, stream.handle()));
  }

  /** Copies from pinned memory in the order of the stream. */
  public void write(long offset, PinnedMemory from, long fromOffset, long length, Stream stream) {
    requireInside(offset, length);
    from.requireInside(fromOffset, length);
    CudaException.check(
        "cuMemcpyHtoDAsync",
        length,
        JCudaDriver.cuMemcpyHtoDAsync(
            address.plus(offset), from.pointer(fromOffset), length, stream.handle()));
  }

  /** Copies to pinned memory in the order of the stream. */
  public void read(long offset, PinnedMemory to, long toOffset, long length, Stream stream) {
    requireInside(offset, length);
    to.requireInside(toOffset, length);
    CudaException.check(
        "cuMemcpyDtoHAsync",
        length,
        JCudaDriver.cuMemcpyDtoHAsync(
            to.pointer(toOffset), address.plus(offset), length, stream.handle()));
  }

  /** Copies within the device in the order of the stream. */
  public void copy(long offset, DeviceMemory from, long fromOffset, long length, Stream stream) {
    requireInside(offset, length);
    from.requireInside(fromOffset, length);
    CudaException.check(
        "cuMemcpyDtoDAsync",
        length,
        JCudaDriver.cuMemcpyDtoDAsync(
            address.plus(offset), from.address.plus(fromOffset), length, stream.handle()));
  }

  private void requireInside(long offset, long length) {
    if (offset < 0 || length < 0 || offset > bytes - length) {
      throw new IndexOutOfBoundsException(
          length + " bytes at " + offset + " of device memory of " + bytes);
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuMemFree", bytes, JCudaDriver.cuMemFree(address));
    }
  }
}
