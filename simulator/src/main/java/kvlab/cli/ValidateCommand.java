package kvlab.cli;

import picocli.CommandLine.Command;

/** {@code kvlab validate}: the simulator against recorded truth. */
@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description =
        "Checks the simulator against recorded schedules, recorded runs, operator times and published figures.",
    subcommands = {
      GoldenCommand.class,
      MeasuredCommand.class,
      OperatorsCommand.class,
      PaperCommand.class
    })
final class ValidateCommand {}
