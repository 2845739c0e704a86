package kvlab.bench;

import java.util.List;
import java.util.Map;
import kvlab.metrics.Probe;
import kvlab.study.DesignResult;
import kvlab.study.DesignRun;
import kvlab.study.Memory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Steps per second of each design family, leaping and not, over the first 2,000 Azure requests. With
 * {@code -prof gc}, bytes per operation over steps per operation is what a step allocates, set-up, result
 * and requests included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EngineSteps {
  private DesignRun run;
  private List<Probe> watchers;

  /** Counts steps beside replays. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Steps {
    public long steps;

    @Setup(Level.Iteration)
    public void reset() {
      steps = 0;
    }
  }

  @Setup
  public void load(DesignFamily family) {
    run = Setting.run(
        family.design, Setting.azure(2000), new Memory.Pages(7424, 16), 4096, Map.of());
    watchers = family.leap ? List.of() : List.of(new Probe() {}); // a probe that wants every step
  }

  @Benchmark
  public DesignResult replay(Steps counter) {
    DesignResult result = run.run(watchers);
    counter.steps += Setting.steps(result);
    return result;
  }
}
