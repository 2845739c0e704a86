package kvlab.gpu.device;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/** Work recorded from a stream: hundreds of kernels that cost one launch. */
public final class Graph implements AutoCloseable {
  private final CUgraphExec executable = new CUgraphExec();
  private boolean open;

  /** Takes the recorded graph over and destroys it. */
  Graph(CUgraph graph) {
    try {
      CudaException.check(
          "cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(executable, graph, 0));
      open = true;
    } finally {
      CudaException.check("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
    }
  }

  public void launch(Stream stream) {
    CudaException.check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(executable, stream.handle()));
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(executable));
    }
  }
}
