package kvlab.cli.trace;

import picocli.CommandLine.Option;

/** The help option alone: the version is the program's, not a command's. */
final class Help {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean asked;
}
