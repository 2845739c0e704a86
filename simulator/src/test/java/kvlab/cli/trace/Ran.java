package kvlab.cli.trace;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * What a run of {@code kvlab trace} left.
 *
 * @param exit the exit code; that of a thrown exception is the root command's business
 * @param out standard output
 * @param err notices
 * @param thrown the message of what was thrown, empty where nothing was
 */
record Ran(int exit, String out, String err, String thrown) {
  static Ran trace(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    StringBuilder thrown = new StringBuilder();
    int exit = new CommandLine(new TraceCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .setExecutionExceptionHandler((exception, command, parsed) -> {
          thrown.append(exception.getClass().getSimpleName()).append(": ");
          thrown.append(exception.getMessage());
          return 2;
        })
        .execute(arguments);
    return new Ran(exit, out.toString(), err.toString(), thrown.toString());
  }
}
