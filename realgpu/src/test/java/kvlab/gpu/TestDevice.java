package kvlab.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.Driver;
import kvlab.gpu.device.StandIn;
import kvlab.gpu.twin.CpuTwin;
import org.junit.jupiter.api.Assumptions;

/**
 * The device of tests: the CPU twin, through unmodified JCuda; with {@code -Dkvlab.test.gpu=true} the
 * first GPU, on which those tests that need the stand-in driver are skipped.
 */
public final class TestDevice {
  public static final long MEMORY_BYTES = 1L << 30;
  private static final int DRIVER_VERSION = 13000;
  private static final int COMPUTE_MAJOR = 9;
  private static final boolean GPU = Boolean.getBoolean("kvlab.test.gpu");
  private static final boolean SLOW = Boolean.getBoolean("kvlab.test.slow");

  private TestDevice() {}

  public static boolean isGpu() {
    return GPU;
  }

  /** Whether it is a GPU under nothing that slows it down a hundredfold, as racecheck does. */
  public static boolean isFast() {
    return GPU && !SLOW;
  }

  /** Passes when there is a device, or skips the test with the reason why there is none. */
  public static void require() {
    if (GPU) {
      Assumptions.assumeTrue(Driver.missing().isEmpty(), Driver.missing().orElse(""));
    } else {
      requireTwin();
    }
  }

  /** Makes the stand-in the driver of the tests' process, or skips the test with the reason. */
  public static void requireTwin() {
    Assumptions.assumeFalse(GPU, "this test is about the stand-in driver");
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

  /** Fails when something of the device was not closed, where that can be counted. */
  public static void assertNothingOpen() {
    if (GPU) {
      return;
    }
    for (StandIn.Counter counter : StandIn.Counter.values()) {
      if (counter != StandIn.Counter.LAUNCHES) {
        assertEquals(0, StandIn.count(counter), "left open: " + counter);
      }
    }
  }
}
