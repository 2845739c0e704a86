package kvlab.workload;

import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Loads request traces of any known format into memory. */
public final class Traces {
  private static final String ZERO_PROMPT = "zero prompt tokens";
  private static final String ZERO_OUTPUT = "zero output tokens";

  private Traces() {}

  /** Loads a file, whatever its format. */
  public static LoadedTrace load(String path) {
    return load(path, Optional.empty(), ReadOptions.DEFAULT);
  }

  /**
   * Loads a file, or standard input for {@code -}, plain or compressed with gzip or zstd.
   *
   * @param format how to read it; recognised by content where empty
   * @throws InputException with one line that names the file and, for a bad value, the line
   */
  public static LoadedTrace load(
      String pathOrDash, Optional<TraceFormat> format, ReadOptions options) {
    try (TraceInput in = TraceInput.open(pathOrDash)) {
      return load(in, format, options);
    }
  }

  /** Loads a stream under a name for messages; closes it. */
  public static LoadedTrace load(
      String name, InputStream stream, Optional<TraceFormat> format, ReadOptions options) {
    try (TraceInput in = TraceInput.of(name, stream)) {
      return load(in, format, options);
    }
  }

  private static LoadedTrace load(TraceInput in, Optional<TraceFormat> asked, ReadOptions options) {
    TraceFormat format = format(in, asked);
    RowSource rows = format.open(in);
    RowFields row = new RowFields();
    TraceBuilder builder = new TraceBuilder(traceName(in.name()));
    Map<String, Long> dropped = new LinkedHashMap<>();
    long read = 0;
    while (builder.size() < options.limit() && rows.next(row)) {
      if (read > Integer.MAX_VALUE - 8) {
        throw new InputException(rows.place() + ": more rows than fit in memory; use a limit");
      }
      if (row.promptTokens == 0 || row.outputTokens == 0) {
        String reason = row.promptTokens == 0 ? ZERO_PROMPT : ZERO_OUTPUT;
        if (options.zeroTokens() == ReadOptions.ZeroTokens.REFUSE) {
          throw new InputException(rows.place() + ": " + reason);
        }
        dropped.merge(reason, 1L, Long::sum);
      } else {
        add(builder, (int) read, row, rows, options);
      }
      read++;
    }
    if (builder.size() == 0) {
      throw new InputException(
          in.name() + ": no requests" + (read == 0 ? "" : ": rows dropped: " + dropped));
    }
    if (rows.dated()) {
      builder.startAtZero();
    }
    RowCounts counts = new RowCounts(read, builder.size(), dropped, builder.outOfOrder());
    return new LoadedTrace(builder.build(), format, counts, in.sha256(), rows.timed());
  }

  private static void add(
      TraceBuilder builder, int id, RowFields row, RowSource rows, ReadOptions options) {
    builder.add(id, row.arrivalNanos, row.promptTokens, row.outputTokens);
    if (row.priority != 0) {
      builder.priority(row.priority);
    }
    if (row.keyed) {
      builder.promptKey(row.promptKey);
    }
    if (row.hashCount > 0) {
      int unit = options.hashBlockTokens() > 0 ? options.hashBlockTokens() : row.hashBlockTokens;
      if (builder.hashBlockTokens() == 0) {
        builder.hashBlockTokens(unit);
      } else if (builder.hashBlockTokens() != unit) {
        throw new InputException(String.format(
            "%s: %d tokens per hash id, but %d before",
            rows.place(), unit, builder.hashBlockTokens()));
      }
      for (int i = 0; i < row.hashCount; i++) {
        builder.hashId(row.hashIds[i]);
      }
    }
  }

  private static TraceFormat format(TraceInput in, Optional<TraceFormat> asked) {
    TraceHead head = new TraceHead(in.head());
    if (in.head().length == 0) {
      throw new InputException(in.name() + ": the file is empty");
    }
    if (head.isTar()) {
      throw new InputException(
          in.name() + ": is a tar archive; unpack it and give one trace file of it");
    }
    if (head.isBinary()) {
      throw new InputException(
          in.name() + ": binary data; known trace formats are " + TraceFormat.ids());
    }
    if (head.isEmpty()) {
      throw new InputException(in.name() + ": the file is empty but for blank lines");
    }
    return asked
        .or(() -> TraceFormat.recognise(head))
        .orElseThrow(() -> new InputException(
            in.name() + ": unknown trace format; known are " + TraceFormat.ids()));
  }

  /** A file's name without its folder and without an ending that only tells of compression. */
  static String traceName(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    for (String ending : new String[] {".gz", ".zst"}) {
      if (name.endsWith(ending)) {
        return name.substring(0, name.length() - ending.length());
      }
    }
    return name;
  }
}
