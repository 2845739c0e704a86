package kvlab.gpu.device;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A point in a stream's work whose time the device notes. */
public final class Event implements AutoCloseable {
  private final CUevent event = new CUevent();
  private boolean open;

  Event() {
    CudaException.check(
        "cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
    open = true;
  }

  public void record(Stream stream) {
    CudaException.check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream.handle()));
  }

  /** Waits until the device has passed it. */
  public void synchronize() {
    CudaException.check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
  }

  /** Nanoseconds of device time since the other event; both must have passed. Half a microsecond fine. */
  public long nanosSince(Event start) {
    float[] milliseconds = new float[1];
    CudaException.check(
        "cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(milliseconds, start.event, event));
    return Math.round(milliseconds[0] * 1e6);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
    }
  }
}
