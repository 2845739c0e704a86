package kvlab.study;

import static java.nio.charset.StandardCharsets.UTF_8;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import kvlab.step.AttentionTable;
import kvlab.step.AttentionTable.Measurement;
import kvlab.step.CapturedDecode;
import kvlab.step.CountTable;
import kvlab.step.ProfileStepTime.Operators;
import kvlab.step.SplitPlan;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a folder of measured operator times, those of one layer of a model on one GPU of so many, in the
 * format of LLMServingSim 2.0's profiler; plain or {@code .gz}:
 *
 * <pre>
 *   attention.csv      prefill_chunk,kv_prefill,n_decode,kv_decode,time_us
 *   dense.csv          layer,tokens,time_us
 *   per_sequence.csv   layer,sequences,time_us
 * </pre>
 *
 * The dense operators run once per layer, but for {@code layernorm}, of which a layer has two, and {@code
 * embedding} and {@code final_layernorm}, which run once per step.
 */
final class OperatorProfile {
  private static final Set<String> ONCE = Set.of("embedding", "final_layernorm");
  private static final String TWICE = "layernorm";
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double MOST_MICROS = 3.6e9; // an hour

  private OperatorProfile() {}

  /**
   * Reads a profile: the folder itself, or its {@code tpN} for so many GPUs.
   *
   * @param keyNanos of a thread block in captured decode attention, see {@link CapturedDecode}
   */
  static Operators read(Path folder, int gpus, double keyNanos, SplitPlan plan) {
    Path place = file(folder, "attention") == null ? folder.resolve("tp" + gpus) : folder;
    List<Measurement> attention = attention(required(place, "attention", folder));
    Map<String, SortedMap<Integer, Double>> dense =
        byCount(required(place, "dense", folder), "tokens");
    CountTable layer = new CountTable(new TreeMap<>(Map.of(0, 0.0)));
    CountTable once = layer;
    for (Map.Entry<String, SortedMap<Integer, Double>> operator : dense.entrySet()) {
      CountTable times = new CountTable(operator.getValue());
      if (ONCE.contains(operator.getKey())) {
        once = once.plus(1, times);
      } else {
        layer = layer.plus(operator.getKey().equals(TWICE) ? 2 : 1, times);
      }
    }
    CountTable perSequence = new CountTable(new TreeMap<>(Map.of(0, 0.0)));
    for (SortedMap<Integer, Double> operator :
        byCount(required(place, "per_sequence", folder), "sequences").values()) {
      perSequence = perSequence.plus(1, new CountTable(operator));
    }
    return new Operators(
        new AttentionTable(attention),
        CapturedDecode.of(attention, keyNanos, plan),
        layer,
        once,
        perSequence);
  }

  private static List<Measurement> attention(Path file) {
    List<Measurement> measurements = new ArrayList<>();
    Set<List<Integer>> seen = new HashSet<>();
    for (NamedCsvRecord row : rows(file)) {
      Measurement one = new Measurement(
          count(file, row, "prefill_chunk"),
          count(file, row, "kv_prefill"),
          count(file, row, "n_decode"),
          count(file, row, "kv_decode"),
          nanos(file, row));
      if (!seen.add(List.of(one.chunk(), one.chunkContext(), one.decodes(), one.decodeContext()))) {
        throw bad(file, row, "measures the same batch as a line before it");
      }
      measurements.add(one);
    }
    return measurements;
  }

  private static Map<String, SortedMap<Integer, Double>> byCount(Path file, String column) {
    Map<String, SortedMap<Integer, Double>> tables = new TreeMap<>();
    for (NamedCsvRecord row : rows(file)) {
      String operator = text(file, row, "layer");
      Double before = tables
          .computeIfAbsent(operator, o -> new TreeMap<>())
          .put(count(file, row, column), nanos(file, row));
      if (before != null) {
        throw bad(file, row, operator + " is there twice for that count");
      }
    }
    return tables;
  }

  private static List<NamedCsvRecord> rows(Path file) {
    try (InputStream in = open(file);
        CsvReader<NamedCsvRecord> csv =
            CsvReader.builder().ofNamedCsvRecord(new InputStreamReader(in, UTF_8))) {
      List<NamedCsvRecord> rows = csv.stream().toList();
      if (rows.isEmpty()) {
        throw new InputException(file + ": no measurements");
      }
      return rows;
    } catch (CsvParseException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(file + ": cannot be read: " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    IOException cause = e instanceof IOException io ? io : (IOException) e.getCause();
    return cause == null ? String.valueOf(e.getMessage()) : IoReason.of(cause);
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static Path required(Path place, String name, Path folder) {
    Path file = file(place, name);
    if (file == null) {
      throw new InputException(folder + ": no profile for this many GPUs: there is no "
          + place.resolve(name) + ".csv, plain or .gz");
    }
    return file;
  }

  private static @Nullable Path file(Path folder, String name) {
    for (String ending : List.of(".csv", ".csv.gz")) {
      Path file = folder.resolve(name + ending);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  private static String text(Path file, NamedCsvRecord row, String column) {
    return row.findField(column)
        .orElseThrow(() -> bad(file, row, "there is no column " + column))
        .strip();
  }

  private static int count(Path file, NamedCsvRecord row, String column) {
    String text = text(file, row, column);
    try {
      int value = Integer.parseInt(text);
      if (value >= 0 && value <= 1 << 24) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      throw bad(file, row, column + " is not a whole number: " + text);
    }
    throw bad(file, row, column + " is out of range: " + text);
  }

  private static double nanos(Path file, NamedCsvRecord row) {
    String text = text(file, row, "time_us");
    try {
      double micros = Double.parseDouble(text);
      if (micros > 0 && micros <= MOST_MICROS) {
        return micros * NANOS_PER_MICRO;
      }
    } catch (NumberFormatException notANumber) {
      throw bad(file, row, "time_us is not a number: " + text);
    }
    throw bad(file, row, "time_us is out of range: " + text);
  }

  private static InputException bad(Path file, NamedCsvRecord row, String why) {
    return new InputException(file + ":" + row.getStartingLineNumber() + ": " + why);
  }
}
