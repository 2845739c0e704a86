package kvlab.gpu.device;

import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A queue of device work in order. */
public final class Stream implements AutoCloseable {
  private final CUstream stream = new CUstream();
  private boolean open;

  Stream() {
    CudaException.check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    open = true;
  }

  CUstream handle() {
    return stream;
  }

  /** Waits until its work is done. A failure of an earlier kernel shows here. */
  public void synchronize() {
    CudaException.check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  /**
   * Records what the work puts on this stream in place of running it.
   *
   * @return the work as one thing to launch
   */
  public Graph capture(Runnable work) {
    CudaException.check(
        "cuStreamBeginCapture",
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    CUgraph graph = new CUgraph();
    try {
      work.run();
    } catch (RuntimeException e) {
      if (JCudaDriver.cuStreamEndCapture(stream, graph) == 0) { // or the stream stays unusable
        JCudaDriver.cuGraphDestroy(graph);
      }
      throw e;
    }
    CudaException.check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    return new Graph(graph);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }
  }
}
