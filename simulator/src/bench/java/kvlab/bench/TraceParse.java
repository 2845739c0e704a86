package kvlab.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import kvlab.workload.BinaryTrace;
import kvlab.workload.LoadedTrace;
import kvlab.workload.ReadOptions;
import kvlab.workload.RequestStream;
import kvlab.workload.Trace;
import kvlab.workload.TraceFormat;
import kvlab.workload.TraceWriter;
import kvlab.workload.Traces;
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

/** A million rows: in Azure's format from a plain file to a trace in memory, its checksum included; in a mapped file. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TraceParse {
  private static final int ROWS = 1_000_000;

  private Path file = Path.of("");
  private Path binary = Path.of("");

  @Setup
  public void write() throws IOException {
    StringBuilder text = new StringBuilder("TIMESTAMP,ContextTokens,GeneratedTokens\n");
    for (int i = 0; i < ROWS; i++) {
      text.append("2023-11-16 18:").append(digits(i / 60_000)).append(':').append(digits(i / 1000));
      text.append('.').append(1_000_000 + i % 1000 * 1000).append(',').append(1 + i % 4000);
      text.append(',').append(1 + i % 700).append('\n');
    }
    file = Files.createTempFile("kvlab-bench", ".csv");
    file.toFile().deleteOnExit();
    Files.write(file, text.toString().getBytes(StandardCharsets.US_ASCII));
    binary = Files.createTempFile("kvlab-bench", ".bin");
    binary.toFile().deleteOnExit();
    TraceWriter.write(load().trace(), TraceFormat.BINARY, true, binary);
  }

  private static String digits(int number) {
    int twoDigits = number % 60;
    return twoDigits < 10 ? "0" + twoDigits : Integer.toString(twoDigits);
  }

  @Benchmark
  public LoadedTrace<Trace> load() {
    return Traces.load(file.toString(), Optional.empty(), ReadOptions.DEFAULT);
  }

  /** The sum of what a replay reads of each row. */
  @Benchmark
  public long readMapped() {
    RequestStream rows = BinaryTrace.open(binary).stream();
    long sum = 0;
    while (rows.next()) {
      sum += rows.arrivalNanos() + rows.promptTokens() + rows.outputTokens() + rows.id();
    }
    return sum;
  }
}
