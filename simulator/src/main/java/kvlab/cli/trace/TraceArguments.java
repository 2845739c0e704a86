package kvlab.cli.trace;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import kvlab.workload.LoadedTrace;
import kvlab.workload.ReadOptions;
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

  LoadedTrace load() {
    ReadOptions options = ReadOptions.DEFAULT.withLimit(limit).withHashBlockTokens(hashBlockTokens);
    return Traces.load(path, format.map(TraceFormat::named), options);
  }
}
