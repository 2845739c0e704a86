package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import kvlab.cli.trace.TraceCommand;
import kvlab.study.IoReason;
import kvlab.workload.InputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code kvlab} command. Exit codes: 0 done; 1 a check failed; 2 bad usage or input, one line on
 * stderr; 70 a broken invariant.
 */
@Command(
    name = "kvlab",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Replays LLM request traces through KV-cache memory designs and shows what each wasted.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a check failed (validate)",
      "2:bad usage or bad input",
      "70:a broken invariant: a fault of kvlab"
    },
    footer = {
      "",
      "Start with:",
      "  kvlab compare                       the bundled sample through the usual designs",
      "  kvlab compare TRACE                 a trace of yours",
      "  kvlab list designs                  what there is to compare"
    })
public final class Main {
  private static final long MIB = 1 << 20;

  /** The commands in the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("compare", CompareCommand.class);
    COMMANDS.put("replay", ReplayCommand.class);
    COMMANDS.put("sweep", SweepCommand.class);
    COMMANDS.put("plan", PlanCommand.class);
    COMMANDS.put("report", ReportCommand.class);
    COMMANDS.put("chart", ChartCommand.class);
    COMMANDS.put("trace", TraceCommand.class);
    COMMANDS.put("calibrate", CalibrateCommand.class);
    COMMANDS.put("validate", ValidateCommand.class);
    COMMANDS.put("results", ResultsCommand.class);
    COMMANDS.put("list", ListCommand.class);
  }

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print stack traces of errors.")
  private boolean verbose;

  private Main() {}

  public static void main(String[] args) {
    int code = run(args, utf8(System.out), utf8(System.err));
    if (System.out.checkError() && code == ExitCode.OK) {
      System.err.println("kvlab: standard output: not all of it could be written");
      code = ExitCode.BAD_INPUT;
    }
    System.exit(code);
  }

  private static PrintWriter utf8(java.io.PrintStream stream) {
    return new PrintWriter(new java.io.OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** Runs a command line; its exit code. */
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    addCommands(line, args);
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOverwrittenOptionsAllowed(true); // the last counts
    int code = execute(line, args.length == 0 ? new String[] {"--help"} : args, main);
    out.flush();
    err.flush();
    return code;
  }

  /** Adds the command that is named, or all where none is: picocli looks at every option of those it has. */
  private static void addCommands(CommandLine line, String[] args) {
    String first =
        Arrays.stream(args).filter(arg -> !arg.startsWith("-")).findFirst().orElse("");
    for (Map.Entry<String, Class<?>> command : COMMANDS.entrySet()) {
      if (!COMMANDS.containsKey(first) || command.getKey().equals(first)) {
        CommandLine each = new CommandLine(command.getValue());
        CommandProvider.addTo(command.getKey(), each);
        line.addSubcommand(command.getKey(), each);
      }
    }
  }

  /** As picocli does it; lambdas as its handlers could not be kept in the archive of classes. */
  private static int execute(CommandLine line, String[] args, Main main) {
    try {
      ParseResult parsed = line.parseArgs(args);
      for (CommandLine each : parsed.asCommandLineList()) {
        if (each.isUsageHelpRequested()) {
          OptionSections.in(line);
        }
      }
      return line.getExecutionStrategy().execute(parsed);
    } catch (ParameterException e) {
      return badUsage(e);
    } catch (ExecutionException e) {
      return failed(
          e.getCause() instanceof Exception cause ? cause : e,
          e.getCommandLine().getErr(),
          main);
    } catch (OutOfMemoryError e) {
      line.getErr()
          .println("kvlab: out of memory (" + Runtime.getRuntime().maxMemory() / MIB
              + " MiB); give more with KVLAB_JAVA_OPTS=-Xmx8g, or use --limit or fewer designs");
      return ExitCode.BAD_INPUT;
    }
  }

  private static int badUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("kvlab: " + usage(e));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.BAD_INPUT;
  }

  private static String usage(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !e.getCommandLine().getSubcommands().isEmpty()) {
      return "unknown command '" + unmatched.getUnmatched().get(0) + "'; there are "
          + String.join(", ", e.getCommandLine().getSubcommands().keySet());
    }
    return oneLine(e);
  }

  private static int failed(Exception e, PrintWriter err, Main main) {
    if (main.verbose) {
      e.printStackTrace(err);
    }
    if (e instanceof InputException) {
      err.println("kvlab: " + oneLine(e));
      return ExitCode.BAD_INPUT;
    }
    if (e instanceof IOException cause) {
      err.println("kvlab: " + IoReason.of(cause));
      return ExitCode.BAD_INPUT;
    }
    if (e instanceof UncheckedIOException wrapped && wrapped.getCause() != null) {
      err.println("kvlab: " + IoReason.of(wrapped.getCause()));
      return ExitCode.BAD_INPUT;
    }
    err.println("kvlab: broken invariant: " + e.getClass().getSimpleName() + ": " + oneLine(e));
    err.println("This is a fault of kvlab; --verbose prints where.");
    return ExitCode.BROKEN;
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", "; ");
  }
}
