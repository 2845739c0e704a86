package kvlab.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The options of a help text, those of some classes below headings. Picocli does this for groups of arguments, but
 * these would cost every start 25 ms, in which it words what no run says.
 */
final class OptionSections implements IHelpSectionRenderer {
  private static final Map<Class<?>, String> HEADINGS = new LinkedHashMap<>();

  static {
    HEADINGS.put(TraceOptions.class, "%nTrace:%n");
    HEADINGS.put(RunOptions.MemoryOptions.class, "%nModel and memory:%n");
    HEADINGS.put(RunOptions.ServingOptions.class, "%nServing (defaults are each design's own):%n");
    HEADINGS.put(FleetOptions.Servers.class, "%nFleet:%n");
    HEADINGS.put(RunOptions.OutputOptions.class, "%nOutput:%n");
    HEADINGS.put(RecordOptions.Records.class, "%nRecords of the run:%n");
  }

  private OptionSections() {}

  /** Has the help of a command and of those below it written so. */
  static void in(CommandLine command) {
    command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionSections());
    command.getSubcommands().values().forEach(OptionSections::in);
  }

  @Override
  public String render(Help help) {
    List<OptionSpec> first = new ArrayList<>();
    Map<String, List<OptionSpec>> sections = new LinkedHashMap<>();
    HEADINGS.values().forEach(heading -> sections.put(heading, new ArrayList<>()));
    for (OptionSpec option : help.commandSpec().options()) {
      String heading = option.userObject() instanceof Field field
          ? HEADINGS.get(field.getDeclaringClass())
          : null;
      if (!option.hidden()) {
        (heading == null ? first : sections.getOrDefault(heading, first)).add(option);
      }
    }
    StringBuilder text = new StringBuilder(help.optionListExcludingGroups(first));
    sections.forEach((heading, options) -> {
      if (!options.isEmpty()) {
        text.append(help.createHeading(heading)).append(help.optionListExcludingGroups(options));
      }
    });
    return text.toString();
  }
}
