package kvlab.cli;

import picocli.CommandLine.Command;

/** {@code kvlab validate}: the simulator against recorded truth. */
@Command(
    name = "validate",
    mixinStandardHelpOptions = true,
    description = "Checks the simulator against recorded schedules and published figures.",
    subcommands = {GoldenCommand.class, OperatorsCommand.class, PaperCommand.class})
final class ValidateCommand {}
