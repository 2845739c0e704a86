package kvlab.cli.trace;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import kvlab.workload.InputException;
import kvlab.workload.RequestSource;
import kvlab.workload.TraceFormat;
import kvlab.workload.TraceWriter;

/** Where a command's trace goes: a file, or standard output for {@code -}. */
final class TraceOutput {
  private TraceOutput() {}

  /**
   * Writes the trace.
   *
   * @param format the native or the binary one; where empty, as the name of the file says
   * @param timed whether its arrival times mean anything
   */
  static void write(
      RequestSource trace,
      Optional<TraceFormat> format,
      boolean timed,
      String out,
      PrintWriter notices) {
    TraceFormat to = format.orElse(TraceWriter.format(out));
    try {
      if (out.equals("-")) {
        TraceWriter.write(trace, to, timed, System.out);
      } else {
        TraceWriter.write(trace, to, timed, Path.of(out));
        notices.println("wrote " + trace.requests() + " requests to " + out);
      }
    } catch (InvalidPathException e) {
      throw new InputException("not a file name: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new InputException("cannot write to standard output: " + e, e);
    }
  }
}
