package kvlab.bench;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The machine and nothing of kvlab: what a load takes that waits for the one before it, in memory of a size.
 * Says which caches a core has to itself on the day, and so which figures can be held against each other.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryLatency {
  private static final int LOADS = 1 << 16;
  private static final int LINE = 16; // ints in a line of the cache

  @Param({"128", "512", "2048", "8192", "131072"})
  public int kib;

  private int[] next; // [line of ints] where the line after it begins: one round through all lines
  private int at;

  @Setup
  public void link() {
    int lines = kib * 1024 / (LINE * Integer.BYTES);
    int[] order = new int[lines];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 1; i < lines; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    next = new int[lines * LINE];
    for (int i = 0; i < lines; i++) {
      next[order[i] * LINE] = order[(i + 1) % lines] * LINE;
    }
  }

  @Benchmark
  @OperationsPerInvocation(LOADS)
  public int load() {
    int place = at;
    for (int i = 0; i < LOADS; i++) {
      place = next[place];
    }
    at = place;
    return place;
  }
}
