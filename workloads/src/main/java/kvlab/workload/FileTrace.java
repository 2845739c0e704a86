package kvlab.workload;

import java.util.Optional;

/**
 * A trace file of any format that is read anew for every replay, so that its size does not matter. Its
 * requests must stand in order of arrival.
 */
public final class FileTrace implements RequestSource {
  private final String path;
  private final TraceFormat format;
  private final ReadOptions options;
  private final long requests;
  private final boolean prioritised;
  private final boolean keyed;
  private final int hashBlockTokens;

  private FileTrace(
      String path, TraceFormat format, ReadOptions options, RequestRows rows, RequestStream all) {
    this.path = path;
    this.format = format;
    this.options = options;
    long count = 0;
    boolean anyPriority = false;
    boolean anyKey = false;
    while (all.next()) {
      count++;
      anyPriority |= all.priority() != 0;
      anyKey |= rows.row().keyed;
    }
    this.requests = count;
    this.prioritised = anyPriority;
    this.keyed = anyKey;
    this.hashBlockTokens = rows.hashBlockTokens();
  }

  /**
   * Reads a file through once, to check it and to know what is in it.
   *
   * @return empty if the requests are not in order of arrival, so that they must be loaded and sorted
   * @throws InputException as {@link Traces#load(String, Optional, ReadOptions)}
   */
  public static Optional<LoadedTrace<FileTrace>> scan(
      String path, Optional<TraceFormat> asked, ReadOptions options) {
    try (TraceInput in = TraceInput.open(path)) {
      TraceFormat format = Traces.format(in, asked);
      RequestRows rows = new RequestRows(format.open(in), options);
      FileTrace trace = new FileTrace(path, format, options, rows, new RowStream(rows, () -> {}));
      if (trace.requests == 0) {
        throw rows.nothing(path);
      }
      return Optional.of(
          new LoadedTrace<>(trace, format, rows.counts(0), in.sha256(), rows.timed()));
    } catch (OutOfOrderException e) {
      return Optional.empty();
    }
  }

  @Override
  public String name() {
    return Traces.traceName(path);
  }

  @Override
  public long requests() {
    return requests;
  }

  @Override
  public boolean hasPriorities() {
    return prioritised;
  }

  @Override
  public boolean hasPromptKeys() {
    return keyed;
  }

  @Override
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  @Override
  public RequestStream stream() {
    TraceInput in = TraceInput.open(path);
    return new RowStream(new RequestRows(format.open(in), options), in::close);
  }
}
