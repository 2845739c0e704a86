package kvlab.cli.trace;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kvlab.workload.fetch.Downloader;
import kvlab.workload.fetch.Fetched;
import kvlab.workload.fetch.PublicTrace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvlab trace fetch}: a public trace from where its authors keep it. */
@Command(
    name = "fetch",
    description = "Download a public trace and check it; a broken download goes on next time.",
    footerHeading = "%nExamples:%n",
    footer = {"  kvlab trace fetch --list", "  kvlab trace fetch azure-2023-conv --dir traces"})
final class TraceFetch implements Callable<Integer> {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Name of a public trace; --list shows them.")
  private Optional<String> name = Optional.empty();

  @Option(names = "--list", description = "List the public traces.")
  private boolean list;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Folder to put it in; default the current one.")
  private Path folder = Path.of(".");

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = "Address that stands in for the scheme and host of the original.")
  private Optional<String> mirror = Optional.empty();

  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    if (list) {
      list(spec.commandLine().getOut());
      return 0;
    }
    PublicTrace trace = PublicTrace.named(name.orElseThrow(() ->
        new ParameterException(spec.commandLine(), "fetch needs the NAME of a trace, or --list")));
    PrintWriter notices = spec.commandLine().getErr();
    notices.println(trace.name() + ": " + trace.description() + "; " + trace.licence());
    Fetched fetched = new Downloader(mirror, System.err).fetch(trace, folder);
    notices.println(
        fetched.checked()
            ? "checksum is right"
            : "no checksum published: sha256 is " + fetched.sha256());
    if (fetched.wasThere()) {
      notices.println("it was there already");
    }
    spec.commandLine().getOut().println(fetched.file().normalize());
    return 0;
  }

  private static void list(PrintWriter out) {
    out.print(String.format(
        Locale.ROOT,
        "%-22s %-9s %-11s %-10s %s\n",
        "name",
        "format",
        "licence",
        "checksum",
        "description"));
    for (PublicTrace trace : PublicTrace.all()) {
      out.print(String.format(
          Locale.ROOT,
          "%-22s %-9s %-11s %-10s %s\n",
          trace.name(),
          trace.format(),
          trace.licence(),
          trace.sha256().isEmpty() ? "none" : "known",
          trace.description()));
    }
    out.flush();
  }
}
