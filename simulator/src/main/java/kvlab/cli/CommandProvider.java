package kvlab.cli;

import java.util.ServiceLoader;
import picocli.CommandLine;

/**
 * A command from outside the simulator: found through {@link ServiceLoader}, by a line in
 * {@code META-INF/services/kvlab.cli.CommandProvider}.
 */
public interface CommandProvider {
  /** The command that it is a subcommand of: {@code validate} or {@code trace}. */
  String parent();

  /** A fresh object of a class with picocli's {@code Command} annotation. */
  Object command();

  /** Adds the commands of all providers that belong below one that has commands of its own. */
  static void addTo(String name, CommandLine parent) {
    if (parent.getSubcommands().isEmpty()) {
      return; // looking for providers opens every library
    }
    for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
      if (provider.parent().equals(name)) {
        parent.addSubcommand(provider.command());
      }
    }
  }
}
