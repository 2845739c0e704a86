package kvlab.cli.trace;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import kvlab.workload.FileTrace;
import kvlab.workload.LoadedTrace;
import kvlab.workload.ReadOptions;
import kvlab.workload.Trace;
import kvlab.workload.TraceFormat;
import kvlab.workload.Traces;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which trace, and how to read it: arguments that several commands share. */
final class TraceArguments {
  @Parameters(
      index = "0",
      paramLabel = "TRACE",
      description = "Trace file, plain, .gz or .zst; - for standard input.")
  private String path = "";

  @Option(
      names = "--format",
      paramLabel = "F",
      completionCandidates = FormatNames.class,
      description = "One of ${COMPLETION-CANDIDATES}; else recognised by content.")
  private Optional<String> format = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Stop reading once N requests are used.")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--hash-block",
      paramLabel = "TOKENS",
      description = "Prompt tokens per hash id, whatever the file says.")
  private int hashBlockTokens;

  /** The names of all formats, for help texts and shells. */
  static final class FormatNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(TraceFormat.values()).map(TraceFormat::id).iterator();
    }
  }

  /** The trace in memory. */
  LoadedTrace<Trace> load() {
    return Traces.load(path, format.map(TraceFormat::named), options());
  }

  /** The trace to be read once more, in memory only where that cannot be done. */
  LoadedTrace<?> scan() {
    if (!path.equals("-")) {
      Optional<LoadedTrace<FileTrace>> scanned =
          FileTrace.scan(path, format.map(TraceFormat::named), options());
      if (scanned.isPresent()) {
        return scanned.get();
      }
    }
    return load();
  }

  private ReadOptions options() {
    return ReadOptions.DEFAULT.withLimit(limit).withHashBlockTokens(hashBlockTokens);
  }
}
