package kvlab.calibrate;

import kvlab.step.Constant;
import kvlab.step.Constants;
import kvlab.step.Device;

/** Where fits begin: latencies of current GPUs, and rates near what is expected. */
final class Start {
  private Start() {}

  /** Constants of a device that reaches so many bytes and operations per nanosecond. */
  static Constants of(Device device, double bytesPerNano, double flopsPerNano) {
    double bytes = bytesPerNano / device.bytesPerNano();
    double flops = flopsPerNano / device.flopsPerNano();
    return Constants.least()
        .with(Constant.GEMM_LAUNCH_NS, 3000)
        .with(Constant.GEMM_BANDWIDTH, bytes)
        .with(Constant.GEMM_COMPUTE, flops)
        .with(Constant.GEMM_LOOP_NS, 100)
        .with(Constant.GEMM_SPLIT_NS, 2000)
        .with(Constant.ELEMENT_LAUNCH_NS, 2500)
        .with(Constant.DECODE_LAUNCH_NS, 10_000)
        .with(Constant.DECODE_BANDWIDTH, bytes)
        .with(Constant.DECODE_KEY_NS, 5)
        .with(Constant.DECODE_BLOCK_NS, 1000)
        .with(Constant.DECODE_COMBINE_NS, 2000)
        .with(Constant.DECODE_GROUP, 0.05)
        .with(Constant.DECODE_STACK_NS, 1000)
        .with(Constant.PREFILL_LAUNCH_NS, 10_000)
        .with(Constant.PREFILL_BANDWIDTH, bytes / 2)
        .with(Constant.PREFILL_COMPUTE, flops / 2)
        .with(Constant.PREFILL_BLOCK_NS, 1000)
        .with(Constant.MIXED_IDLE_NS, 300);
  }
}
