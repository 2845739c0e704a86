package kvlab.workload;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Rows per second of CPU time on one core, of a made file of 2,778,201 rows that is read nine times: Azure's CSV from
 * memory, the rows alone and a whole load with checksum and columns; and the same requests in the binary
 * format from the mapped file, every value looked at.
 */
public final class ParseSpeed {
  private static final int ROWS = 2_778_201;
  private static final int ROUNDS = 9;

  private ParseSpeed() {}

  public static void main(String[] args) throws IOException {
    byte[] file = azureFile();
    Path binary = Files.createTempFile("kvlab-parse-speed", ".bin");
    RequestSource trace = Traces.load(
            "azure.csv", new ByteArrayInputStream(file), Optional.empty(), ReadOptions.DEFAULT)
        .trace();
    TraceWriter.write(trace, TraceFormat.BINARY, true, binary);
    double rows = 0;
    double load = 0;
    double mapped = 0;
    for (int round = 0; round < ROUNDS; round++) {
      mapped = Math.max(mapped, rate(() -> stream(BinaryTrace.open(binary))));
      rows = Math.max(rows, rate(() -> read(file)));
      load = Math.max(load, rate(() -> load(file)));
    }
    System.out.printf(
        Locale.ROOT,
        "%d bytes, %d rows: rows %.1f M/s, whole load %.1f M/s, binary %.1f M/s%n",
        file.length,
        ROWS,
        rows / 1e6,
        load / 1e6,
        mapped / 1e6);
    Files.delete(binary);
  }

  private static void stream(RequestSource source) {
    RequestStream request = source.stream();
    long sum = 0;
    while (request.next()) {
      sum +=
          request.id() + request.arrivalNanos() + request.promptTokens() + request.outputTokens();
    }
    if (sum == 0) {
      throw new IllegalStateException("nothing read");
    }
  }

  private static double rate(Runnable pass) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    pass.run();
    return ROWS * 1e9 / (threads.getCurrentThreadCpuTime() - start);
  }

  private static void read(byte[] file) {
    try (TraceInput in = TraceInput.of("azure.csv", new ByteArrayInputStream(file))) {
      RowSource rows = TraceFormat.AZURE.open(in);
      RowFields row = new RowFields();
      long sum = 0;
      while (rows.next(row)) {
        sum += row.arrivalNanos + row.promptTokens + row.outputTokens;
      }
      if (sum == 0) {
        throw new IllegalStateException("nothing read");
      }
    }
  }

  private static void load(byte[] file) {
    Traces.load("azure.csv", new ByteArrayInputStream(file), Optional.empty(), ReadOptions.DEFAULT);
  }

  private static byte[] azureFile() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("TIMESTAMP,ContextTokens,GeneratedTokens\r\n".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < ROWS; i++) {
      String row = String.format(
          Locale.ROOT,
          "2023-11-16 %02d:%02d:%02d.%07d,%d,%d\r\n",
          i / 3_600 / 40 % 24,
          i / 60 / 40 % 60,
          i / 40 % 60,
          i % 40 * 250_000,
          100 + i % 3_000,
          1 + i % 400);
      out.writeBytes(row.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
