package kvlab.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kvlab.workload.InputException;

/**
 * A question, the commands that answer it and the text of the answer: {@code experiment.md}, Markdown in
 * which four kinds of fenced block and values in double braces mean something.
 *
 * <pre>
 *   ```sh      command lines as one types them in the root of the repository, each beginning with kvlab
 *   ```keep    what they wrote that stays, a path a line, from the root; "as NAME" gives it another name
 *   ```table   a file of the folder [and conditions]; then the columns, | between them:
 *              value [value's title in quotes]
 *   ```file NAME   a further file of the folder, such as a table, with values in it
 *   {{.1f summary.csv[design=vllm-v1].live_pct}}   see {@link Expression}
 * </pre>
 *
 * The page, {@code README.md}, is this text with tables and values in place.
 */
public final class ExperimentFile {
  /** The name of the file in its folder. */
  public static final String NAME = "experiment.md";

  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^```(sh|keep|table|file [\\w.-]+)\\n(.*?)^```\\n");
  private static final Pattern VALUE = Pattern.compile("\\{\\{([^{}]*)\\}\\}");
  private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");
  private static final Pattern QUOTED = Pattern.compile("'([^']*)'|\"([^\"]*)\"");
  private static final Pattern COLUMN = Pattern.compile("(.*?)\\s*\"([^\"]*)\"\\s*");

  private static final Pattern STANDING =
      Pattern.compile("[|#! ]|- "); // begins a line that is no paragraph's
  private static final String ORIGIN =
      "\nMade by `kvlab results` from [experiment.md](experiment.md); [environment](environment.json).\n";

  private static final int PAGE_COLUMNS = 116;

  private final String text;

  private ExperimentFile(String text) {
    this.text = text;
  }

  /** Reads the file of a folder. */
  public static ExperimentFile read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": there is no such experiment file");
    }
    return new ExperimentFile(Files.readString(file));
  }

  /** The commands in order, each as the arguments behind {@code kvlab}. */
  public List<List<String>> commands() {
    List<List<String>> commands = new ArrayList<>();
    for (String line : lines("sh")) {
      List<String> words = new ArrayList<>();
      Matcher word = WORD.matcher(line);
      while (word.find()) {
        words.add(QUOTED
            .matcher(word.group())
            .replaceAll(quoted -> Matcher.quoteReplacement(
                quoted.group(1) == null ? quoted.group(2) : quoted.group(1))));
      }
      if (!words.remove(0).equals("kvlab")) {
        throw new InputException(NAME + ": '" + line + "' is not a kvlab command");
      }
      commands.add(List.copyOf(words));
    }
    return commands;
  }

  /** A file to keep and its name in the folder. */
  public record Kept(String path, String name) {}

  /** The files that stay. */
  public List<Kept> kept() {
    List<Kept> kept = new ArrayList<>();
    for (String line : lines("keep")) {
      String[] words = line.split("\\s+as\\s+", -1);
      String path = words[0];
      kept.add(
          new Kept(path, words.length > 1 ? words[1] : path.substring(path.lastIndexOf('/') + 1)));
    }
    return kept;
  }

  private List<String> lines(String kind) {
    List<String> lines = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals(kind)) {
        block
            .group(2)
            .replaceAll("\\\\\\n\\s*", "")
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .forEach(lines::add);
      }
    }
    return lines;
  }

  /**
   * The page.
   *
   * @param folder where the files lie whose numbers it says
   */
  public String page(Path folder) {
    Expression expression = new Expression(folder);
    String withTables = BLOCK
        .matcher(text)
        .replaceAll(block -> Matcher.quoteReplacement(
            switch (block.group(1)) {
              case "table" -> table(block.group(2), expression);
              case "sh" -> block.group();
              default -> "";
            }));
    return wrapped(filled(withTables, expression));
  }

  /** The further files, text by name; numbers as for {@link #page}. */
  public Map<String, String> files(Path folder) {
    Expression expression = new Expression(folder);
    Map<String, String> files = new LinkedHashMap<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      String[] words = block.group(1).split(" ", -1);
      if (words.length > 1) {
        files.put(words[1], filled(block.group(2), expression));
      }
    }
    return files;
  }

  private static String filled(String text, Expression expression) {
    return VALUE
        .matcher(text)
        .replaceAll(value -> Matcher.quoteReplacement(expression.text(value.group(1))));
  }

  /** Fills the lines of paragraphs, which values have made longer or shorter. */
  private static String wrapped(String page) {
    StringBuilder out = new StringBuilder();
    int column = 0;
    boolean code = false;
    for (String line : page.split("\\n", -1)) {
      boolean fence = line.startsWith("```");
      code ^= fence;
      if (code || fence || line.isBlank() || STANDING.matcher(line).lookingAt()) {
        out.append(column > 0 ? "\n" : "").append(line).append('\n');
        column = 0;
        continue;
      }
      for (String word : line.split(" ", -1)) {
        boolean fits = column > 0 && column + 1 + word.length() <= PAGE_COLUMNS;
        out.append(column == 0 ? "" : fits ? " " : "\n").append(word);
        column = fits ? column + 1 + word.length() : word.length();
      }
    }
    return out.toString().strip() + "\n" + ORIGIN;
  }

  private static String table(String block, Expression expression) {
    List<String> lines = block.lines().filter(line -> !line.isBlank()).toList();
    if (lines.size() < 2) {
      throw new InputException(
          NAME + ": a table needs a line for the file and one for the columns");
    }
    String[] source = lines.get(0).strip().split("\\s+", 2);
    Rows rows =
        expression.rows(source[0]).where(Expression.conditions(source.length > 1 ? source[1] : ""));
    List<String> titles = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (String column : String.join(" ", lines.subList(1, lines.size())).split("\\|", -1)) {
      Matcher titled = COLUMN.matcher(column);
      titles.add(titled.matches() ? titled.group(2) : column.strip());
      values.add(titled.matches() ? titled.group(1) : column);
    }
    StringBuilder table = new StringBuilder(row(titles));
    table.append("|").append("---|".repeat(titles.size())).append('\n');
    for (Map<String, String> each : rows.all()) {
      table.append(
          row(values.stream().map(value -> expression.text(value, rows, each)).toList()));
    }
    return table.toString();
  }

  private static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
