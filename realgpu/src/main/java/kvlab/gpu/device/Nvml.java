package kvlab.gpu.device;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Optional;

/** The management library beside the driver: clocks, temperature, power. Not there on every machine. */
public final class Nvml implements AutoCloseable {
  private static final int SM_CLOCK = 1; // NVML_CLOCK_SM
  private static final int MEMORY_CLOCK = 2; // NVML_CLOCK_MEM
  private static final int CORE_TEMPERATURE = 0; // NVML_TEMPERATURE_GPU
  private static final int VERSION_BYTES = 96;

  private final Pointer device;

  private Nvml(Pointer device) {
    this.device = device;
  }

  /** The library's functions, by their names. */
  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getInstance("libnvidia-ml.so.1"));
    }

    private Calls() {}

    static native int nvmlInit_v2();

    static native int nvmlShutdown();

    static native int nvmlSystemGetDriverVersion(Pointer text, int bytes);

    static native int nvmlDeviceGetHandleByIndex_v2(int index, Pointer device);

    static native int nvmlDeviceGetClockInfo(Pointer device, int clock, Pointer megahertz);

    static native int nvmlDeviceGetTemperature(Pointer device, int sensor, Pointer celsius);

    static native int nvmlDeviceGetPowerUsage(Pointer device, Pointer milliwatts);
  }

  /**
   * How the device fares at one moment; -1 where the library does not say.
   *
   * @param driver the version, such as 580.65.06
   */
  public record Reading(
      String driver, int smMegahertz, int memoryMegahertz, int celsius, int milliwatts) {}

  /** Opens it for a device; nothing where there is no such library. */
  public static Optional<Nvml> open(int ordinal) {
    try {
      Memory handle = new Memory(Native.POINTER_SIZE);
      if (Calls.nvmlInit_v2() != 0 || Calls.nvmlDeviceGetHandleByIndex_v2(ordinal, handle) != 0) {
        return Optional.empty();
      }
      return Optional.of(new Nvml(handle.getPointer(0)));
    } catch (LinkageError absent) {
      return Optional.empty();
    }
  }

  public Reading read() {
    Memory text = new Memory(VERSION_BYTES);
    boolean known = Calls.nvmlSystemGetDriverVersion(text, VERSION_BYTES) == 0;
    Memory value = new Memory(Integer.BYTES);
    return new Reading(
        known ? text.getString(0) : "",
        value(Calls.nvmlDeviceGetClockInfo(device, SM_CLOCK, value), value),
        value(Calls.nvmlDeviceGetClockInfo(device, MEMORY_CLOCK, value), value),
        value(Calls.nvmlDeviceGetTemperature(device, CORE_TEMPERATURE, value), value),
        value(Calls.nvmlDeviceGetPowerUsage(device, value), value));
  }

  private static int value(int code, Memory value) {
    return code == 0 ? value.getInt(0) : -1;
  }

  @Override
  public void close() {
    Calls.nvmlShutdown();
  }
}
