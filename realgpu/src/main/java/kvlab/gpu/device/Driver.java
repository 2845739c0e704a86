package kvlab.gpu.device;

import java.nio.file.Path;
import java.util.Optional;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The driver library of this process: NVIDIA's, or the stand-in that runs kernels on the CPU. It is
 * looked for once; a process has one, because both have the same name for the loader.
 */
public final class Driver {
  /** The first driver that reads PTX 7.8, which the kernels are shipped as: CUDA 11.8, r520. */
  public static final int OLDEST_VERSION = 11080;

  private static final Object LOCK = new Object();
  private static final String UNKNOWN = "not looked for yet";
  private static @Nullable Path standIn;
  private static String missing = UNKNOWN; // empty when there is a device

  private Driver() {}

  /**
   * Makes the stand-in the driver of this process. The loader finds it by its name when JCuda's library
   * asks for {@code libcuda.so.1}, so JCuda itself stays as it is.
   *
   * @throws InputException when the process has another driver already
   */
  public static void standIn(Path library) {
    synchronized (LOCK) {
      Path real = library.toAbsolutePath();
      if (!missing.equals(UNKNOWN) && !real.equals(standIn)) {
        throw new InputException(
            "this process has a CUDA driver already; run " + library + " in a process of its own");
      }
      if (standIn == null) {
        System.load(real.toString());
        standIn = real;
      }
    }
  }

  /** Whether kernels of this process run on the CPU. */
  public static boolean isStandIn() {
    synchronized (LOCK) {
      return standIn != null;
    }
  }

  /** Why no device can be had, in one line, or nothing when one can. */
  public static Optional<String> missing() {
    synchronized (LOCK) {
      if (missing.equals(UNKNOWN)
          || standIn != null) { // what the stand-in pretends to be may change
        missing = look().orElse("");
      }
      return missing.isEmpty() ? Optional.empty() : Optional.of(missing);
    }
  }

  /** Passes when there is a device. */
  static void require() {
    Optional<String> why = missing();
    if (why.isPresent()) {
      throw new InputException(why.get());
    }
  }

  private static Optional<String> look() {
    try {
      JCudaDriver.setExceptionsEnabled(false);
      int init = JCudaDriver.cuInit(0);
      if (init == CUresult.CUDA_ERROR_NO_DEVICE) {
        return Optional.of("no GPU: there is a CUDA driver, but it has no device (cuInit: 100)");
      }
      CudaException.check("cuInit", init);
      int[] value = new int[1];
      CudaException.check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(value));
      if (value[0] < OLDEST_VERSION) {
        return Optional.of("the CUDA driver is too old: it is of CUDA " + version(value[0])
            + ", and the kernels need " + version(OLDEST_VERSION) + " (r520) or later");
      }
      CudaException.check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(value));
      return value[0] > 0
          ? Optional.empty()
          : Optional.of("no GPU: the CUDA driver counts 0 devices");
    } catch (CudaException e) {
      return Optional.of("the CUDA driver does not start: " + e.getMessage());
    } catch (LinkageError e) {
      return Optional.of(unlinked(e));
    }
  }

  /** JCuda's message is two stack traces; what matters is which library the loader did not find. */
  private static String unlinked(LinkageError e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("libcuda.so.1")) {
      return "no CUDA driver: libcuda.so.1 is not on this machine";
    }
    return "JCuda's native library cannot be loaded from java.library.path "
        + System.getProperty("java.library.path") + ": "
        + text.lines().findFirst().orElse("");
  }

  /** A CUDA version as people write it: 12040 is 12.4. */
  static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }
}
