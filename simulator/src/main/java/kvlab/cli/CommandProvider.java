package kvlab.cli;

import java.util.ServiceLoader;
import picocli.CommandLine;

/**
 * A command from outside the simulator: found through {@link ServiceLoader}, by a line in
 * {@code META-INF/services/kvlab.cli.CommandProvider}.
 */
public interface CommandProvider {
  /** The command that it is a subcommand of, such as {@code validate}. */
  String parent();

  /** A fresh object of a class with picocli's {@code Command} annotation. */
  Object command();

  /** Adds the commands of all providers. */
  static void addAll(CommandLine kvlab) {
    for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
      CommandLine parent = kvlab.getSubcommands().get(provider.parent());
      if (parent == null) {
        throw new IllegalStateException(
            provider.getClass().getName() + ": there is no command " + provider.parent());
      }
      parent.addSubcommand(provider.command());
    }
  }
}
