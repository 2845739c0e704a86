package kvlab.cli.trace;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kvlab trace}: what arrives. */
@Command(
    name = "trace",
    description = "Look at, convert, make and fetch request traces.",
    subcommands = {TraceInfo.class, TraceConvert.class, TraceGenerate.class, TraceFetch.class})
public final class TraceCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("UnusedVariable") // read by picocli
  private Help help = new Help();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "trace needs one of: " + spec.subcommands().keySet());
  }
}
