package kvlab.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kvlab.metrics.Probe;
import kvlab.metrics.Repeats;
import kvlab.metrics.RequestView;
import kvlab.metrics.StepView;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a step allocates in a run that has been going on for long: 16,000 requests come in bursts of 64, and
 * bytes are counted, as JMH's own profiler does, from the finish of the 12,000th to that of the last. By then
 * everything has the size that it needs, and more than 2^20 gaps between tokens are kept in buckets.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3)
@Measurement(iterations = 1)
public class SteadySteps {
  private static final int REQUESTS = 16_000;
  private static final int FROM = 12_000;

  /** Of 16 tokens; with 1,500 of them requests are preempted where a design does that. */
  @Param("7424")
  public int pages;

  private DesignRun run;

  /** What was counted in the last replay. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Steady {
    public double bytesPerStep;
    public long steps;

    @Setup(Level.Iteration)
    public void reset() {
      bytesPerStep = 0;
      steps = 0;
    }
  }

  /** Counts bytes and steps from the finish of one request to that of another. */
  private static final class Meter implements Probe {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final boolean leaps;
    private long finished;
    private long step;
    private long bytes;
    private long steps;

    Meter(boolean leaps) {
      this.leaps = leaps;
    }

    @Override
    public boolean readsTotalsOnly() {
      return leaps;
    }

    @Override
    public void onStep(StepView view) {
      step++;
    }

    @Override
    public void onRepeats(Repeats repeats) {
      step += repeats.count();
    }

    @Override
    public void onFinish(RequestView request) {
      finished++;
      if (finished == FROM) {
        steps = step;
        bytes = threads.getCurrentThreadAllocatedBytes();
      } else if (finished == REQUESTS) {
        bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
        steps = step - steps;
      }
    }
  }

  @Setup
  public void make(DesignFamily family) {
    run = Setting.run(
        family.design, Setting.bursts(REQUESTS, 64), new Memory.Pages(pages, 16), 4096, Map.of());
  }

  @Benchmark
  public DesignResult replay(DesignFamily family, Steady steady) {
    Meter meter = new Meter(family.leap);
    DesignResult result = run.run(List.of(meter));
    steady.steps = meter.steps;
    steady.bytesPerStep = (double) meter.bytes / meter.steps;
    return result;
  }
}
