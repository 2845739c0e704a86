package kvlab.cli.trace;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import kvlab.workload.InputException;
import kvlab.workload.Trace;
import kvlab.workload.TraceWriter;

/** Where a command's trace goes: a file, or standard output for {@code -}. */
final class TraceOutput {
  private TraceOutput() {}

  static void write(Trace trace, String out, PrintWriter notices) {
    try {
      if (out.equals("-")) {
        TraceWriter.write(trace, System.out);
      } else {
        TraceWriter.write(trace, Path.of(out));
        notices.println("wrote " + trace.size() + " requests to " + out);
      }
    } catch (InvalidPathException e) {
      throw new InputException("not a file name: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new InputException("cannot write to standard output: " + e, e);
    }
  }
}
