package kvlab.bench;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kvlab.design.Design;
import kvlab.metrics.Probe;
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

/**
 * A trace in memory to its summary row, all metrics on: vLLM V1 on 7,424 pages of 16, at most 128
 * sequences and 4,096 tokens a step, prompts cut to fit 4,096 tokens.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class WholeReplay {
  @Param({"2000", "19366"})
  public int rows;

  @Param({"true", "false"})
  public boolean leap;

  private DesignRun run;
  private List<Probe> watchers;

  @Setup
  public void load() {
    run = Setting.run(
        "vllm-v1",
        Setting.azure(rows),
        new Memory.Pages(7424, 16),
        4096,
        Map.of(
            Design.PAGE_TOKENS, "16",
            Design.MAX_SEQUENCES, "128",
            Design.MAX_BATCHED_TOKENS, "4096"));
    watchers = leap ? List.of() : List.of(new Probe() {}); // a probe that wants every step
  }

  @Benchmark
  public DesignResult replay() {
    return run.run(watchers);
  }
}
