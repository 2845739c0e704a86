package kvlab.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** The trace that a command replays. */
final class TraceParameter {
  private static final String SAMPLE = "workloads/samples/chat-azure-like.csv";

  @Parameters(
      arity = "0..1",
      paramLabel = "TRACE",
      description = "Trace file, or - for standard input (default: the bundled chat sample).")
  @Nullable
  private String trace;

  /** The file named, or the sample beside the launcher. */
  String path() {
    if (trace != null) {
      return trace;
    }
    Path home = Path.of(Objects.requireNonNullElse(System.getProperty("kvlab.home"), ""));
    Path sample = home.resolve(SAMPLE);
    if (!Files.isRegularFile(sample)) {
      throw new InputException("the bundled sample " + sample + " is not there; name a trace");
    }
    return sample.toString();
  }
}
