package kvlab.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * What a command line left.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record Ran(int exit, String out, String err) {
  static Ran kvlab(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
    return new Ran(exit, out.toString(), err.toString());
  }

  /** As {@link #kvlab}, of words with blanks between them and then further words. */
  static Ran line(String words, Object... further) {
    List<String> arguments = new ArrayList<>(List.of(words.split(" ")));
    for (Object word : further) {
      arguments.add(word.toString());
    }
    return kvlab(arguments.toArray(String[]::new));
  }

  /** The rows of a result table by column. */
  static List<Map<String, String>> rows(Path csv) throws IOException {
    List<String> lines = text(csv).lines().toList();
    String[] columns = lines.get(0).split(",", -1);
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < columns.length; i++) {
        row.put(columns[i], cells[i]);
      }
      rows.add(row);
    }
    return rows;
  }

  /** The text of a file, unpacked where its name ends in .gz. */
  static String text(Path file) throws IOException {
    if (!file.toString().endsWith(".gz")) {
      return Files.readString(file);
    }
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
