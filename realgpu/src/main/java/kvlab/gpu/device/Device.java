package kvlab.gpu.device;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import kvlab.workload.InputException;

/**
 * A device with its primary context, current to the thread that opened it. All work on it is for that
 * thread: contexts are per thread, and one thread is enough to keep a device busy.
 */
public final class Device implements AutoCloseable {
  /** The oldest architecture with the tensor-core instructions that the kernels use: sm_80. */
  private static final int OLDEST_MAJOR = 8;

  private final CUdevice device = new CUdevice();
  private final DeviceFacts facts;
  private boolean open;

  private Device(int ordinal) {
    CudaException.check("cuDeviceGet " + ordinal, JCudaDriver.cuDeviceGet(device, ordinal));
    facts = facts();
    if (facts.computeMajor() < OLDEST_MAJOR) {
      throw new InputException(facts.name() + " is of compute capability " + facts.compute()
          + "; the kernels need 8.0 (Ampere) or later");
    }
    CUcontext context = new CUcontext();
    CudaException.check(
        "cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    open = true;
    CudaException.check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
  }

  /**
   * Opens a device.
   *
   * @param ordinal from 0
   * @throws InputException when there is none, with the reason
   */
  public static Device open(int ordinal) {
    Driver.require();
    int[] count = new int[1];
    CudaException.check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    if (ordinal < 0 || ordinal >= count[0]) {
      throw new InputException("there is no device " + ordinal + "; there are " + count[0]);
    }
    return new Device(ordinal);
  }

  private DeviceFacts facts() {
    byte[] name = new byte[128];
    CudaException.check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    int[] driver = new int[1];
    CudaException.check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(driver));
    long[] bytes = new long[1];
    CudaException.check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    return new DeviceFacts(
        new String(name, 0, length, StandardCharsets.UTF_8),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        bytes[0],
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
        Driver.version(driver[0]),
        Driver.isStandIn());
  }

  private int attribute(int which) {
    int[] value = new int[1];
    CudaException.check(
        "cuDeviceGetAttribute " + CUdevice_attribute.stringFor(which),
        JCudaDriver.cuDeviceGetAttribute(value, which, device));
    return value[0];
  }

  /** What the device is. */
  public DeviceFacts describe() {
    return facts;
  }

  /** Bytes that could still be allocated, as the driver counts them. */
  public long freeBytes() {
    return memory()[0];
  }

  /** All bytes of the device that this process could see. */
  public long totalBytes() {
    return memory()[1];
  }

  private static long[] memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    CudaException.check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return new long[] {free[0], total[0]};
  }

  /** Device memory with undefined contents. */
  public DeviceMemory allocate(long bytes) {
    return new DeviceMemory(bytes);
  }

  /** Host memory that the device can copy from and to by itself. */
  public PinnedMemory pin(long bytes) {
    return new PinnedMemory(bytes);
  }

  public Stream stream() {
    return new Stream();
  }

  public Event event() {
    return new Event();
  }

  /** Compiles PTX for the device. */
  public KernelModule load(String name, byte[] ptx) {
    return KernelModule.load(name, ptx);
  }

  /** Waits until everything on the device is done. */
  public void synchronize() {
    CudaException.check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check(
          "cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }
  }
}
