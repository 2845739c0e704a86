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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Mooncake's conversation trace through vLLM V1 with prefix caching, pages of 16 tokens, 60,000 of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
public class PrefixCache {
  private DesignRun run;

  @Setup
  public void load() {
    run = Setting.run(
        "vllm-v1",
        Setting.mooncake()
            .orElseThrow(() -> new IllegalStateException("no " + Setting.shared("traces"))),
        new Memory.Pages(60_000, 16),
        131_072,
        Map.of(Design.PAGE_TOKENS, "16"));
  }

  @Benchmark
  public DesignResult replay() {
    return run.run(List.of());
  }
}
