package kvlab.cli;

import picocli.CommandLine.Command;

/** {@code kvlab validate}: the simulator against recorded truth; a device where there is a {@link CommandProvider}. */
@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description =
        "Checks the simulator against recorded schedules and runs, operator times, published figures or a device.",
    subcommands = {
      GoldenCommand.class,
      MeasuredCommand.class,
      OperatorsCommand.class,
      PaperCommand.class
    })
final class ValidateCommand {}
