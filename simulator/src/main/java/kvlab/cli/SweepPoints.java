package kvlab.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import kvlab.design.Design;
import kvlab.design.Site;
import kvlab.study.Axis;
import kvlab.workload.InputException;
import kvlab.workload.LoadedTrace;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * The points of a sweep's grid as options of a run: those of the command line, with the values of the
 * point. So whatever a run can be told can be varied.
 */
final class SweepPoints {
  /** Options of {@link FleetOptions} that say what becomes of the results, or have no value to vary. */
  private static final Set<String> FIXED =
      Set.of("--set", "--out", "--json", "--charts", "--no-charts", "--no-leap");

  private final List<String> given = new ArrayList<>(); // as on the command line
  private final List<Axis> axes;
  private final Map<String, LoadedTrace<?>> traces = new LinkedHashMap<>();

  @Command
  private static final class Point {
    @Mixin
    FleetOptions options = new FleetOptions();
  }

  /**
   * The points of a grid.
   *
   * @param command the command line that was parsed
   */
  SweepPoints(CommandLine command, List<Axis> axes) {
    this.axes = axes;
    CommandLine point = point(new Point());
    Set<String> named = new TreeSet<>();
    for (OptionSpec option : command.getParseResult().matchedOptions()) {
      OptionSpec same = point.getCommandSpec().findOption(option.longestName());
      if (same != null && (option.longestName().equals("--set") || !isFixed(same))) {
        for (String value : option.originalStringValues()) {
          given.add(option.longestName() + "=" + value);
          named.add(
              option.longestName().equals("--set")
                  ? value.replaceFirst("=.*", "")
                  : option.longestName());
        }
      }
    }
    Set<String> seen = new TreeSet<>();
    for (Axis axis : axes) {
      OptionSpec option = point.getCommandSpec().findOption("--" + axis.name());
      String name = option == null ? axis.name() : option.longestName();
      if (option != null && isFixed(option)) {
        throw new InputException("--" + axis.name() + " cannot be varied");
      }
      if (named.contains(name)) {
        throw new InputException("--vary " + axis.name() + ": the option is given too");
      }
      if (!seen.add(name)) {
        throw new InputException("--vary " + axis.name() + ": the option is varied twice");
      }
    }
  }

  private static CommandLine point(Point point) {
    return new CommandLine(point).setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static boolean isFixed(OptionSpec option) {
    return option.names().length == 0 || FIXED.contains(option.longestName()) || option.usageHelp();
  }

  /** The options of a point; values that are not of an option's type are refused. */
  RunOptions options(List<String> values) {
    Point point = new Point();
    CommandLine line = point(point);
    List<String> words = new ArrayList<>(given);
    for (int i = 0; i < values.size(); i++) {
      String pair = axes.get(i).name() + "=" + values.get(i);
      boolean flag = line.getCommandSpec().findOption("--" + axes.get(i).name()) != null;
      words.add(flag ? "--" + pair : "--set=" + pair);
    }
    try {
      line.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new InputException(String.valueOf(e.getMessage()), e);
    }
    return point.options;
  }

  /** Refuses an axis that is an option of nothing here. */
  void requireKnown(List<Design> designs) {
    CommandLine line = point(new Point());
    Set<String> known = new TreeSet<>();
    Site anywhere = new Site("", 1L << 36, 4096); // names of options do not depend on it
    designs.forEach(design -> design.options(anywhere).forEach(option -> known.add(option.name())));
    for (Axis axis : axes) {
      if (line.getCommandSpec().findOption("--" + axis.name()) == null
          && !known.contains(axis.name())) {
        throw new InputException("--vary " + axis.name() + ": no such option; the designs have "
            + String.join(", ", known) + ", and 'kvlab sweep --help' names those of every run");
      }
    }
  }

  /** The trace of a point, read once for all that read it alike. */
  LoadedTrace<?> load(RunOptions options, String path) {
    String how = options.trace.format + "," + options.trace.limit;
    if (path.equals("-") && !traces.isEmpty() && !traces.containsKey(how)) {
      throw new InputException(
          "standard input cannot be read twice: name a file to vary" + " --limit or --format");
    }
    return traces.computeIfAbsent(how, key -> options.trace.load(path));
  }

  /** What the points have in common: every option with the value in force, defaults too. */
  Map<String, String> common() {
    Point point = new Point();
    CommandLine line = point(point);
    line.parseArgs(given.toArray(String[]::new));
    Map<String, String> options = new TreeMap<>(Comparator.naturalOrder());
    for (OptionSpec option : line.getCommandSpec().options()) {
      Object value = option.getValue();
      if (value != null && (!isFixed(option) || option.longestName().equals("--set"))) {
        options.put(option.longestName().substring(2), value.toString());
      }
    }
    for (Axis axis : axes) {
      OptionSpec option = line.getCommandSpec().findOption("--" + axis.name());
      if (option != null) {
        options.remove(option.longestName().substring(2));
      }
    }
    return options;
  }
}
