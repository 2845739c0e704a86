package kvlab.gpu.device;

import jcuda.driver.CUdeviceptr;

/** JCuda's device pointer, whose number it keeps to itself. */
final class Address extends CUdeviceptr {
  /** The address that a call has written here. */
  long value() {
    return getNativePointer();
  }

  /** A pointer into the memory. */
  CUdeviceptr plus(long bytes) {
    return bytes == 0 ? this : withByteOffset(bytes);
  }
}
