package kvlab.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import kvlab.json.Json;
import kvlab.study.IoReason;
import kvlab.workload.InputException;
import kvlab.workload.ReadOptions;
import kvlab.workload.Trace;
import kvlab.workload.Traces;

/**
 * A serving run of the real vLLM as it was recorded: a folder with {@code engine.json} (settings), {@code
 * requests.csv.gz} (what was asked, when the client sent it, and the engine's own time stamps) and perhaps
 * {@code timeseries.csv} (vLLM's log line of every second).
 *
 * <p>Times are nanoseconds of the engine's clock from the moment the first request was queued. Client and
 * engine have clocks of unknown offset: it is taken as the smallest with which no request is queued before
 * it is sent. That of the log is the one with which its lines count as many requests in the system as the
 * engine's time stamps do, to 10 ms.
 */
final class MeasuredRun {
  private static final int HASH_PAGE_TOKENS = 16;
  private static final double LAG_STEP_SECONDS = 0.01;
  private static final int MOST_LAG_STEPS = 100;

  /** One request's time stamps. */
  record Times(long queuedNanos, long firstTokenNanos, long lastTokenNanos, int outputTokens) {
    double ttftSeconds() {
      return (firstTokenNanos - queuedNanos) / 1e9;
    }

    double tpotSeconds() {
      return (lastTokenNanos - firstTokenNanos) / 1e9 / Math.max(1, outputTokens - 1);
    }

    double endToEndSeconds() {
      return (lastTokenNanos - queuedNanos) / 1e9;
    }
  }

  /** A line of vLLM's log; the share of the pool in use is in percent. */
  record Tick(double seconds, double running, double waiting, double kvPercent) {}

  private final Path folder;
  private final JsonNode settings;
  private final Trace trace;
  private final Map<Long, Times> times = new HashMap<>();
  private final List<Tick> ticks;

  private MeasuredRun(Path folder, JsonNode settings) {
    this.folder = folder;
    this.settings = settings;
    Path requests = file("requests.csv.gz", "requests.csv");
    ReadOptions reading = ReadOptions.DEFAULT.withHashBlockTokens(HASH_PAGE_TOKENS);
    Trace asked = Traces.load(requests.toString(), Optional.empty(), reading).trace();
    Map<Long, Long> sent = new HashMap<>();
    long offset = Long.MAX_VALUE;
    long row = 0;
    for (NamedCsvRecord record : rows(requests)) {
      long queued = nanos(requests, record, "queued_s");
      long sentAt = nanos(requests, record, "measured_arrival_s");
      times.put(
          row,
          new Times(
              queued,
              nanos(requests, record, "first_token_s"),
              nanos(requests, record, "last_token_s"),
              (int) Math.round(number(requests, record, "output_tokens"))));
      sent.put(row, sentAt);
      offset = Math.min(offset, queued - sentAt);
      row++;
    }
    this.trace = asked.arriving(arrivals(asked, sent, offset));
    Path log = folder.resolve("timeseries.csv");
    this.ticks = Files.isRegularFile(log) ? onEngineClock(ticks(log), times.values()) : List.of();
  }

  private static List<Tick> ticks(Path log) {
    return rows(log).stream()
        .map(r -> new Tick(
            number(log, r, "t"),
            number(log, r, "running"),
            number(log, r, "waiting"),
            number(log, r, "kv_cache_pct")))
        .toList();
  }

  private static List<Tick> onEngineClock(List<Tick> lines, Collection<Times> requests) {
    double[] queued =
        requests.stream().mapToDouble(t -> t.queuedNanos() / 1e9).sorted().toArray();
    double[] left =
        requests.stream().mapToDouble(t -> t.lastTokenNanos() / 1e9).sorted().toArray();
    double least = Double.POSITIVE_INFINITY;
    double lag = 0;
    for (int i = 0; i <= MOST_LAG_STEPS; i++) {
      double itsLag = i * LAG_STEP_SECONDS;
      double off = 0;
      for (Tick line : lines) {
        double at = line.seconds() - itsLag;
        off += Math.abs(line.running() + line.waiting() - upTo(queued, at) + upTo(left, at));
      }
      if (off < least) {
        least = off;
        lag = itsLag;
      }
    }
    double itsLag = lag;
    return lines.stream()
        .map(t -> new Tick(t.seconds() - itsLag, t.running(), t.waiting(), t.kvPercent()))
        .toList();
  }

  /** How many of these are not greater. */
  private static int upTo(double[] sorted, double limit) {
    int found = Arrays.binarySearch(sorted, Math.nextUp(limit));
    return found >= 0 ? found : -found - 1;
  }

  /** Opens a folder. */
  static MeasuredRun open(Path folder) {
    Path file = folder.resolve("engine.json");
    if (!Files.isRegularFile(file)) {
      throw new InputException(folder + ": not a recorded run: there is no engine.json");
    }
    try {
      return new MeasuredRun(folder, Json.read(file));
    } catch (JsonProcessingException e) {
      throw new InputException(file + ":" + e.getLocation().getLineNr() + ": is not JSON", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + IoReason.of(e), e);
    }
  }

  /** The client's send times on the engine's clock, in the order in which the requests were asked for. */
  private static long[] arrivals(Trace asked, Map<Long, Long> sent, long offset) {
    long[] nanos = new long[asked.size()];
    long last = 0;
    for (int i = 0; i < nanos.length; i++) {
      last = Math.max(last, sent.getOrDefault((long) asked.id(i), 0L) + offset);
      nanos[i] = last;
    }
    return nanos;
  }

  Path folder() {
    return folder;
  }

  String name() {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  JsonNode settings() {
    return settings;
  }

  /** The requests as the client sent them. */
  Trace trace() {
    return trace;
  }

  /** The time stamps of the request in that data row. */
  Times times(long id) {
    Times recorded = times.get(id);
    if (recorded == null) {
      throw new IllegalStateException("request " + id + " was not recorded");
    }
    return recorded;
  }

  List<Tick> ticks() {
    return ticks;
  }

  private Path file(String first, String second) {
    for (String name : List.of(first, second)) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    throw new InputException(folder + ": not a recorded run: there is no " + first);
  }

  private static List<NamedCsvRecord> rows(Path file) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        CsvReader<NamedCsvRecord> csv =
            CsvReader.builder().ofNamedCsvRecord(new InputStreamReader(in, UTF_8))) {
      return csv.stream().toList();
    } catch (CsvParseException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read: " + IoReason.of(e), e);
    }
  }

  private static long nanos(Path file, NamedCsvRecord row, String column) {
    return Math.round(number(file, row, column) * 1e9);
  }

  private static double number(Path file, NamedCsvRecord row, String column) {
    String text = row.findField(column)
        .orElseThrow(() -> new InputException(file + ": there is no column " + column))
        .strip();
    try {
      double value = Double.parseDouble(text);
      if (Math.abs(value) <= 1e9) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new InputException(
          file + ":" + row.getStartingLineNumber() + ": " + column + " is not a number: " + text,
          e);
    }
    throw new InputException(
        file + ":" + row.getStartingLineNumber() + ": " + column + " is out of range: " + text);
  }
}
