package kvlab.gpu.device;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** What tests can set and count in the stand-in driver, once it is the driver of this process. */
public final class StandIn {
  /** Things that can be open; the order is that of standin.h. */
  public enum Counter {
    CONTEXTS,
    ALLOCATIONS,
    PINNED,
    MAPPINGS,
    RANGES,
    STREAMS,
    EVENTS,
    MODULES,
    GRAPHS,
    LAUNCHES
  }

  private StandIn() {}

  /** The library's functions, by their names. */
  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getInstance("libcuda.so.1"));
    }

    private Calls() {}

    static native void kvlab_standin_set(
        long memoryBytes, int devices, int driverVersion, int computeMajor);

    static native long kvlab_standin_count(int counter);
  }

  /**
   * Makes the pretended machine another one.
   *
   * @param driverVersion as the driver gives it: 13000 is 13.0
   */
  public static void pretend(long memoryBytes, int devices, int driverVersion, int computeMajor) {
    Calls.kvlab_standin_set(memoryBytes, devices, driverVersion, computeMajor);
  }

  /** How many are open now; launches since the process started. */
  public static long count(Counter counter) {
    return Calls.kvlab_standin_count(counter.ordinal());
  }

  /** Things open now, launches apart. */
  public static long open() {
    long open = 0;
    for (Counter counter : Counter.values()) {
      open += counter == Counter.LAUNCHES ? 0 : count(counter);
    }
    return open;
  }
}
