package kvlab.gpu.device;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/** Kernels compiled for the device from one PTX text. */
public final class KernelModule implements AutoCloseable {
  private static final int LOG_BYTES = 16 << 10;

  private final String name;
  private final CUmodule module;
  private boolean open = true;

  private KernelModule(String name, CUmodule module) {
    this.name = name;
    this.module = module;
  }

  static KernelModule load(String name, byte[] ptx) {
    CUmodule module = new CUmodule();
    JITOptions options = new JITOptions();
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
    byte[] image = Arrays.copyOf(ptx, ptx.length + 1); // the driver reads to the zero
    int code = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(image), options);
    if (code != 0) {
      String log = text(options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER));
      throw new CudaException(
          "cuModuleLoadDataEx " + name + (log.isEmpty() ? "" : " (" + log + ")"), code);
    }
    return new KernelModule(name, module);
  }

  private static String text(byte[] log) {
    return new String(log, StandardCharsets.UTF_8)
        .replace("\0", "")
        .strip()
        .replaceAll("\\s*\\R\\s*", "; ");
  }

  /** A kernel of the module. */
  public Kernel kernel(String kernel) {
    CUfunction function = new CUfunction();
    CudaException.check(
        "cuModuleGetFunction " + kernel + " of " + name,
        JCudaDriver.cuModuleGetFunction(function, module, kernel));
    return new Kernel(kernel, function);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      CudaException.check("cuModuleUnload " + name, JCudaDriver.cuModuleUnload(module));
    }
  }
}
