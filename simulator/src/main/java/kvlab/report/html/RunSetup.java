package kvlab.report.html;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import kvlab.json.Json;
import kvlab.workload.InputException;

/** What was run, out of {@code run.json}; where there is none, nothing is known. */
final class RunSetup {
  private final JsonNode root;

  private RunSetup(JsonNode root) {
    this.root = root;
  }

  static RunSetup read(Path file) {
    if (!Files.isRegularFile(file)) {
      return new RunSetup(Json.object());
    }
    try {
      return new RunSetup(Json.read(file));
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private JsonNode at(String pointer) {
    return root.at("/configuration/" + pointer);
  }

  private String text(String pointer) {
    return at(pointer).asText("");
  }

  /** Such as {@code of an a100-80g that serves chat.csv with llama-2-7b}; empty where nothing is known. */
  String place() {
    if (text("gpu").isEmpty() || text("model").isEmpty()) {
      return "";
    }
    int gpus = at("tensor_parallel").asInt(1);
    int servers = at("replicas").asInt(1);
    String gpu = (gpus > 1 ? gpus + " x " : "") + text("gpu");
    return "when " + text("model") + " on " + (servers > 1 ? servers + " servers of " : "") + gpu
        + " serves " + text("trace/name");
  }

  /** The command that made the results; empty where it is not known. */
  String command() {
    return root.has("vary") ? sweepCommand() : root.at("/environment/command").asText("");
  }

  /** A command that makes the sweep again, options spelled out that had their defaults. */
  private String sweepCommand() {
    StringBuilder command = new StringBuilder("kvlab sweep ");
    command.append(quoted(root.at("/traces/0/name").asText()));
    command.append(" --designs ").append(joined(root.path("designs"), ","));
    root.path("vary")
        .properties()
        .forEach(axis -> command
            .append(" --vary ")
            .append(quoted(axis.getKey() + "=" + joined(axis.getValue(), ";"))));
    root.path("options").properties().forEach(option -> {
      String value = option.getValue().asText();
      if (!option.getKey().equals("set")) {
        command.append(" --" + option.getKey() + " " + quoted(value));
      } else if (value.length() > "{}".length()) { // {watermark=0.02, policy=fcfs}
        for (String each : value.substring(1, value.length() - 1).split(", ")) {
          command.append(" --set ").append(quoted(each));
        }
      }
    });
    return command.toString();
  }

  private static String joined(JsonNode values, String separator) {
    List<String> texts = new ArrayList<>();
    values.forEach(value -> texts.add(value.asText()));
    return String.join(separator, texts);
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_.,:=/-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Sequences that the design may run at once. */
  double mostSequences(String design) {
    return at("designs").path(design).path("max-num-seqs").asDouble(Double.POSITIVE_INFINITY);
  }

  /** Whether the times are a model's and not a device's. */
  boolean isPredicted() {
    return !text("step_time").startsWith("backend:");
  }

  String stepTime() {
    return text("step_time");
  }

  int servers() {
    return at("replicas").asInt(1);
  }

  boolean isWindowed() {
    return at("window").isObject();
  }

  double rateScale() {
    return at("trace/rate_scale").asDouble(1);
  }

  String arrivals() {
    return text("trace/arrivals");
  }

  /** The settings of all designs, each by its path, in the order of the file. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    JsonNode configuration = root.path("configuration");
    configuration.properties().forEach(field -> {
      if (!field.getKey().equals("designs")) {
        flatten(field.getKey(), field.getValue(), settings);
      }
    });
    return settings;
  }

  /** Where and when it was run. */
  Map<String, String> environment() {
    Map<String, String> settings = new LinkedHashMap<>();
    root.path("environment").properties().forEach(field -> {
      if (!field.getKey().equals("command")) {
        flatten(field.getKey(), field.getValue(), settings);
      }
    });
    return settings;
  }

  /** Everything in the file. */
  Map<String, String> all() {
    Map<String, String> settings = new LinkedHashMap<>();
    root.properties().forEach(field -> flatten(field.getKey(), field.getValue(), settings));
    return settings;
  }

  /** The traces that a sweep replays, after a separator; empty where they are not known. */
  String sweepSubject() {
    String name = root.at("/traces/0/name").asText("");
    return name.isEmpty() ? "" : " · " + name;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> into) {
    if (node.isArray() && !node.path(0).isContainerNode()) {
      List<String> values = new ArrayList<>();
      node.forEach(value -> values.add(value.asText()));
      into.put(path, String.join(", ", values));
      return;
    }
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + " " + (i + 1), node.get(i), into);
      }
      return;
    }
    if (!node.isObject()) {
      into.put(path, node.asText());
      return;
    }
    node.properties()
        .forEach(field -> flatten(path + " / " + field.getKey(), field.getValue(), into));
  }

  /** Names of the options that any design has, sorted. */
  Set<String> optionNames() {
    Set<String> names = new TreeSet<>();
    at("designs").forEach(design -> design.fieldNames().forEachRemaining(names::add));
    return names;
  }

  /** The value of a design's option; empty where it has none. */
  String option(String design, String name) {
    return at("designs").path(design).path(name).asText("");
  }
}
