package kvlab.report.html;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvlab.workload.InputException;

/** The requests that were not served, counted by design and reason out of {@code unserved.csv}. */
final class UnservedSection {
  private static final int EXAMPLES = 5;
  private static final Map<String, String> WORDS = Map.of(
      "over-model-length", "prompt + output is longer than max-model-len",
      "over-output-limit", "output is longer than max-new-tokens",
      "never-fits", "needs more memory than one sequence can get",
      "ignored", "given up by the scheduler: what is to be computed at once is too long",
      "run-cut", "the run ended before it was done");

  private static final class Group {
    int count;
    final List<String> examples = new ArrayList<>();
  }

  private UnservedSection() {}

  /** Markup; says so when there are none. */
  static String of(Path csv, int designs) {
    Map<String, Map<String, Group>> groups = read(csv); // by reason, then by design
    if (groups.isEmpty()) {
      return "<p>None: every request was served to its last token.</p>\n";
    }
    Html html = new Html()
        .raw("<div class=\"scroll\"><table>\n<thead><tr><th>why</th>"
            + "<th>design</th><th class=\"number\">requests</th><th>the first: prompt + output</th>"
            + "</tr></thead>\n<tbody>\n");
    groups.forEach((reason, byDesign) -> alike(byDesign)
        .forEach((group, names) -> html.raw("<tr>")
            .element("td", WORDS.getOrDefault(reason, reason))
            .element(
                "td",
                names.size() == designs && designs > 1 ? "every one" : String.join(", ", names))
            .element("td", "number", Html.whole(group.count))
            .element("td", String.join(", ", group.examples))
            .raw("</tr>\n")));
    return html.raw("</tbody></table></div>\n<p class=\"note\">All of them are listed in"
            + " <code>unserved.csv</code>.</p>\n")
        .toString();
  }

  /** Names of the designs with as many and the same first ones. */
  private static Map<Group, List<String>> alike(Map<String, Group> byDesign) {
    Map<String, Group> first = new LinkedHashMap<>();
    Map<Group, List<String>> names = new LinkedHashMap<>();
    byDesign.forEach((design, group) -> {
      Group its = first.computeIfAbsent(group.count + " " + group.examples, key -> group);
      names.computeIfAbsent(its, key -> new ArrayList<>()).add(design);
    });
    return names;
  }

  private static Map<String, Map<String, Group>> read(Path csv) {
    Map<String, Map<String, Group>> groups = new LinkedHashMap<>();
    if (!Files.isRegularFile(csv)) {
      return groups;
    }
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(csv)) {
      for (NamedCsvRecord row : rows) {
        Group group = groups
            .computeIfAbsent(row.getField("reason"), r -> new LinkedHashMap<>())
            .computeIfAbsent(row.getField("design"), d -> new Group());
        group.count++;
        if (group.examples.size() < EXAMPLES) {
          group.examples.add("#" + row.getField("id") + " " + row.getField("prompt_tokens") + " + "
              + row.getField("output_tokens"));
        }
      }
    } catch (IOException | CsvParseException e) {
      throw new InputException(csv + ": cannot be read: " + e.getMessage(), e);
    }
    return groups;
  }
}
