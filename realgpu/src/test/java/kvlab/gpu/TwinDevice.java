package kvlab.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.Driver;
import kvlab.gpu.device.StandIn;
import kvlab.gpu.twin.CpuTwin;
import org.junit.jupiter.api.Assumptions;

/** The device of tests: the CPU twin, through unmodified JCuda. */
public final class TwinDevice {
  public static final long MEMORY_BYTES = 1L << 30;
  private static final int DRIVER_VERSION = 13000;
  private static final int COMPUTE_MAJOR = 9;

  private TwinDevice() {}

  /** Makes the stand-in the driver of the tests' process, or skips the test with the reason. */
  public static void require() {
    CpuTwin twin = CpuTwin.here();
    Optional<String> why = twin.missing();
    Assumptions.assumeTrue(why.isEmpty(), why.orElse(""));
    Driver.standIn(twin.driver());
    pretend(MEMORY_BYTES);
  }

  /** Pretends a device of so much memory. */
  public static void pretend(long memoryBytes) {
    StandIn.pretend(memoryBytes, 1, DRIVER_VERSION, COMPUTE_MAJOR);
  }

  public static Device open() {
    require();
    return Device.open(0);
  }

  /** Fails when something of the device was not closed. */
  public static void assertNothingOpen() {
    for (StandIn.Counter counter : StandIn.Counter.values()) {
      if (counter != StandIn.Counter.LAUNCHES) {
        assertEquals(0, StandIn.count(counter), "left open: " + counter);
      }
    }
  }
}
