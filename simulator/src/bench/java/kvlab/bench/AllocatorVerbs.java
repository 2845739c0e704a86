package kvlab.bench;

import java.util.concurrent.TimeUnit;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.PagedAllocator;
import kvlab.kv.Pool;
import kvlab.kv.PrefixCachingAllocator;
import kvlab.kv.RadixAllocator;
import kvlab.kv.VllmV0Allocator;
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

/** One sequence admitted with 512 tokens, grown by 256 one by one, and released, in a pool of 7,424 pages. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AllocatorVerbs {
  private static final int PROMPT = 512;
  private static final int OUTPUT = 256;

  @Param({"paged", "prefix-caching", "radix", "vllm-v0"})
  public String kind;

  private KvAllocator allocator;
  private PageHashes hashes;
  private long id;

  @Setup
  public void open() {
    PageTable table = new PageTable(new Pool(7424, 16), 8);
    hashes = new PageHashes(16);
    allocator = switch (kind) {
      case "paged" -> PagedAllocator.vllmV1(table);
      case "prefix-caching" -> new PrefixCachingAllocator(table, hashes);
      case "radix" -> new RadixAllocator(table, hashes, 0);
      default -> VllmV0Allocator.plain(table, 0.01);
    };
  }

  @Benchmark
  public int serve() {
    hashes.start(0, ++id, PROMPT, id, 0, 0, unit -> 0);
    allocator.admit(3, 0, PROMPT, PROMPT, PROMPT);
    for (int tokens = PROMPT + 1; tokens <= PROMPT + OUTPUT; tokens++) {
      allocator.grow(3, tokens);
    }
    allocator.release(3);
    return allocator.freePages();
  }
}
