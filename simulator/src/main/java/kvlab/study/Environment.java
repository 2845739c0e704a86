package kvlab.study;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import kvlab.json.Json;

/** Where and when something was run; kept apart from what decides results. */
public final class Environment {
  private Environment() {}

  /** Writes a file with the version that ran and {@link #describe its surroundings}. */
  public static void write(String version, Path file) throws IOException {
    ObjectNode root = Json.object();
    write(describe(root.put("kvlab", version)), file);
  }

  /** Puts date, Java, system and processor into a node; that node. */
  static ObjectNode describe(ObjectNode node) {
    node.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    node.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    node.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    node.put("cpu", cpu());
    return node.put("cores", Runtime.getRuntime().availableProcessors());
  }

  static void write(ObjectNode root, Path file) throws IOException {
    Files.writeString(file, Json.indented(root) + "\n");
  }

  private static String cpu() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException notLinux) {
      return "unknown";
    }
  }
}
