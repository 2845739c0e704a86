package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import kvlab.cli.TextTable;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceFacts;
import kvlab.gpu.device.Nvml;
import kvlab.workload.InputException;

/**
 * All parts in order. Each leaves its findings in a file of its own when it is done; a later run on the
 * same folder goes on with the parts that have none, so that the suite can be cut in pieces.
 */
public final class Suite {
  private static final String MEMORY = "m"; // parts that time nothing
  private static final Map<String, Part> PARTS = parts();

  private final Path out;
  private final boolean twin;
  private final List<String> chosen;

  private static Map<String, Part> parts() {
    Map<String, Part> parts = new LinkedHashMap<>();
    parts.put("m1", MemoryParts::pools);
    parts.put("m2", MemoryParts::waste);
    parts.put("m3", MemoryParts::admissions);
    parts.put("k1", CopyParts::ceilings);
    parts.put("k2-k4", AttentionParts::grid);
    parts.put("c1", CopyParts::moves);
    parts.put("g1", GemmPart::products);
    parts.put("p1", ProfilePart::profile);
    parts.put("s1", ReplayParts::steps);
    parts.put("e1-e2", ReplayParts::replays);
    return parts;
  }

  /**
   * A suite.
   *
   * @param chosen names of parts; empty for all
   * @param twin on the CPU twin, with small sizes
   */
  public Suite(Path out, List<String> chosen, boolean twin) {
    for (String name : chosen) {
      if (!PARTS.containsKey(name)) {
        throw new InputException(
            "there is no part '" + name + "'; there are " + String.join(", ", PARTS.keySet()));
      }
    }
    this.out = out;
    this.twin = twin;
    this.chosen = chosen.isEmpty() ? List.copyOf(PARTS.keySet()) : chosen;
  }

  /** Runs what has not been run; all findings of the chosen parts, in order. */
  public Outcome run(Consumer<String> progress) throws IOException {
    Files.createDirectories(out);
    String label = facts();
    List<Finding> findings = new ArrayList<>();
    for (String name : chosen) {
      Path file = out.resolve(name + "-findings.csv");
      if (Files.exists(file)) {
        progress.accept(name + ": done before, in " + file);
      } else {
        progress.accept(name + ": running");
        write(file, label, runPart(name));
      }
      Files.readAllLines(file).stream()
          .filter(line -> !line.startsWith("#") && !line.equals(Finding.HEADER))
          .map(Finding::parse)
          .forEach(findings::add);
    }
    String table = table(label, findings);
    Files.writeString(out.resolve("report.txt"), table);
    long judged = findings.stream().filter(Finding::isJudged).count();
    long passed =
        findings.stream().filter(Finding::isJudged).filter(Finding::passes).count();
    return new Outcome(table, judged, passed);
  }

  /**
   * What came of it.
   *
   * @param table for people
   */
  public record Outcome(String table, long judged, long passed) {}

  /** Each part on a device of its own, so that none inherits memory or a fault from another. */
  private List<Finding> runPart(String name) throws IOException {
    try (Bench bench = new Bench(Device.open(0), twin ? Scale.TWIN : Scale.GPU)) {
      List<Finding> findings = Objects.requireNonNull(PARTS.get(name)).run(bench, out);
      boolean isTimed = !name.startsWith(MEMORY);
      return twin && isTimed ? findings.stream().map(Finding::unjudged).toList() : findings;
    }
  }

  private static void write(Path file, String label, List<Finding> findings) throws IOException {
    StringBuilder text = new StringBuilder("# " + label + "\n" + Finding.HEADER + "\n");
    findings.forEach(finding -> text.append(finding.line()).append('\n'));
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file);
  }

  private String table(String label, List<Finding> findings) {
    TextTable table = new TextTable(Finding.HEADER.split(","));
    findings.forEach(finding -> table.row(List.of(finding.cells())));
    String note = twin
        ? "This is the CPU twin: memory and results are checked, times and rates mean nothing.\n"
        : "";
    return label + "\n" + note + "\n" + table.render();
  }

  /** Writes what the device is and how it fares; its label. */
  private String facts() throws IOException {
    try (Device device = Device.open(0)) {
      DeviceFacts facts = device.describe();
      StringBuilder text = new StringBuilder("fact,value\n");
      text.append("device,").append(facts.label().replace(',', ';')).append('\n');
      text.append("compute capability,").append(facts.compute()).append('\n');
      text.append("multiprocessors,").append(facts.processors()).append('\n');
      text.append("memory bytes,").append(facts.memoryBytes()).append('\n');
      text.append("free bytes,").append(device.freeBytes()).append('\n');
      text.append("L2 bytes,").append(facts.cacheBytes()).append('\n');
      text.append("CUDA driver,").append(facts.driver()).append('\n');
      text.append("java,").append(Runtime.version()).append('\n');
      text.append("date,").append(Instant.now().truncatedTo(ChronoUnit.SECONDS)).append('\n');
      Optional<Nvml> nvml = facts.cpuTwin() ? Optional.empty() : Nvml.open(0);
      if (nvml.isPresent()) {
        try (Nvml library = nvml.get()) {
          Nvml.Reading reading = library.read();
          text.append(String.format(
              Locale.ROOT,
              "driver,%s\nSM clock MHz,%d\nmemory clock MHz,%d\ntemperature C,%d\npower mW,%d\n",
              reading.driver(),
              reading.smMegahertz(),
              reading.memoryMegahertz(),
              reading.celsius(),
              reading.milliwatts()));
        }
      }
      Files.writeString(out.resolve("device.csv"), text.toString());
      return facts.label();
    }
  }
}
