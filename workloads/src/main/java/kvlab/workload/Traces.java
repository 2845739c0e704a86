package kvlab.workload;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Loads request traces of any known format into memory. */
public final class Traces {
  private static final int MOST_ROOM =
      1 << 22; // requests; the first lines may be shorter than the rest

  private Traces() {}

  /** Loads a file, whatever its format. */
  public static LoadedTrace<Trace> load(String path) {
    return load(path, Optional.empty(), ReadOptions.DEFAULT);
  }

  /**
   * Loads a file, or standard input for {@code -}, plain or compressed with gzip or zstd.
   *
   * @param format how to read it; recognised by content where empty
   * @throws InputException with one line that names the file and, for a bad value, the line
   */
  public static LoadedTrace<Trace> load(
      String pathOrDash, Optional<TraceFormat> format, ReadOptions options) {
    try (TraceInput in = TraceInput.open(pathOrDash)) {
      return load(in, format, options);
    }
  }

  /** Loads a stream under a name for messages; closes it. */
  public static LoadedTrace<Trace> load(
      String name, InputStream stream, Optional<TraceFormat> format, ReadOptions options) {
    try (TraceInput in = TraceInput.of(name, stream)) {
      return load(in, format, options);
    }
  }

  /**
   * Opens a file for replays: a binary trace stays in its file, any other is loaded.
   *
   * @throws InputException as {@link #load(String, Optional, ReadOptions)}
   */
  public static LoadedTrace<?> open(
      String pathOrDash, Optional<TraceFormat> format, ReadOptions options) {
    try (TraceInput in = TraceInput.open(pathOrDash)) {
      if (!in.isPlainFile() || format(in, format) != TraceFormat.BINARY) {
        return load(in, format, options);
      }
      BinaryTrace trace = BinaryTrace.open(Path.of(pathOrDash)).first(options.limit());
      RowCounts rows = new RowCounts(trace.requests(), trace.requests(), Map.of(), 0);
      return new LoadedTrace<>(trace, TraceFormat.BINARY, rows, in.sha256(), trace.timed());
    }
  }

  private static LoadedTrace<Trace> load(
      TraceInput in, Optional<TraceFormat> asked, ReadOptions options) {
    TraceFormat format = format(in, asked);
    RequestRows rows = new RequestRows(format.open(in), options);
    long about = Math.min(options.limit(), Math.min(MOST_ROOM, in.linesAbout()));
    TraceBuilder builder = new TraceBuilder(traceName(in.name())).room((int) about);
    while (rows.next()) {
      if (rows.id() > Integer.MAX_VALUE - 8) {
        throw new InputException(rows.place() + ": more rows than fit in memory; use a limit");
      }
      add(builder, rows);
    }
    if (builder.size() == 0) {
      throw rows.nothing(in.name());
    }
    if (rows.dated()) {
      builder.startAtZero();
    }
    RowCounts counts = rows.counts(builder.outOfOrder());
    return new LoadedTrace<>(builder.build(), format, counts, in.sha256(), rows.timed());
  }

  private static void add(TraceBuilder builder, RequestRows rows) {
    RowFields row = rows.row();
    builder.add((int) rows.id(), row.arrivalNanos, row.promptTokens, row.outputTokens);
    if (row.priority != 0) {
      builder.priority(row.priority);
    }
    if (row.keyed) {
      builder.promptKey(row.promptKey);
    }
    if (row.hashCount > 0) {
      if (builder.hashBlockTokens() == 0) {
        builder.hashBlockTokens(rows.hashBlockTokens());
      }
      for (int i = 0; i < row.hashCount; i++) {
        builder.hashId(row.hashIds[i]);
      }
    }
  }

  static TraceFormat format(TraceInput in, Optional<TraceFormat> asked) {
    TraceHead head = new TraceHead(in.head());
    if (in.head().length == 0) {
      throw new InputException(in.name() + ": the file is empty");
    }
    if (head.isTar()) {
      throw new InputException(
          in.name() + ": is a tar archive; unpack it and give one trace file of it");
    }
    if (head.isBinary() && !BinaryRows.matches(head)) {
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
