package kvlab.bench;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kvlab.design.Design;
import kvlab.study.DesignResult;
import kvlab.study.DesignRun;
import kvlab.study.Memory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What outputs cost by their length: 256 requests at once, memory for all of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OutputLength {
  private static final int REQUESTS = 256;
  private static final int PROMPT = 128;
  private static final int LONGEST = 8192;

  @Param({"32", "128", "512", "2048", "8192"})
  public int output;

  @Param({"vllm-v1", "orca-max", "vllm-paper"})
  public String design;

  private DesignRun run;

  @Setup
  public void prepare() {
    run = Setting.run(
        design,
        Setting.equal(REQUESTS, PROMPT, output),
        new Memory.Pages((REQUESTS + 1) * 16384 / 16, 16),
        PROMPT + LONGEST,
        Map.of(Design.MAX_SEQUENCES, Integer.toString(REQUESTS)));
  }

  @Benchmark
  public DesignResult replay() {
    return run.run(List.of());
  }
}
