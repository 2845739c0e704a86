package kvlab.calibrate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import kvlab.workload.InputException;

/**
 * A file of measured kernel times, in milliseconds, one layer or product a line. Its header says what
 * it holds:
 *
 * <pre>
 *   kernel,m,n,k,latency_ms                                         products, 16-bit activations
 *   kernel,batch_size,input_tokens,past_tokens,num_heads,num_kv_heads,kv_dtype,latency_ms
 *                                                                   attention of equal sequences
 * </pre>
 *
 * An attention row that computes one token after others is decoding, any other prefill. Optional columns:
 * {@code head_dim} (else 128), {@code window_size} (tokens attended to at most; 0 or less: all),
 * {@code weight_dtype}. Columns with other names tell kinds of rows apart, which are fitted apart.
 */
public final class OperatorTable {
  private static final String LATENCY = "latency_ms";
  private static final List<String> GEMM = List.of("m", "n", "k", LATENCY);
  private static final List<String> ATTENTION =
      List.of("batch_size", "input_tokens", "past_tokens", "num_heads", "num_kv_heads", LATENCY);
  private static final List<String> NUMBERS = Stream.of(
          GEMM, ATTENTION, List.of("head_dim", "window_size"))
      .flatMap(List::stream)
      .toList();
  private static final double HEAD_DIM = 128;
  private static final double NANOS_PER_MILLI = 1e6;

  private OperatorTable() {}

  /** The tables of a folder, by name: every CSV file with such a header; others are passed over. */
  public static List<Path> in(Path folder) {
    List<Path> tables = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (Files.isRegularFile(file) && (name.endsWith(".csv") || name.endsWith(".csv.gz"))) {
          CsvTable table = CsvTable.read(file);
          if (table.hasAll(GEMM) || table.hasAll(ATTENTION)) {
            tables.add(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (tables.isEmpty()) {
      throw new InputException(folder + ": no operator table; a CSV file with the columns "
          + String.join(",", GEMM) + " or " + String.join(",", ATTENTION));
    }
    return tables;
  }

  /** The points of a table, apart by operator and kind of row, in the order they first occur. */
  public static List<Points> read(Path file) {
    CsvTable table = CsvTable.read(file);
    boolean gemm = table.hasAll(GEMM);
    if (!gemm && !table.hasAll(ATTENTION)) {
      throw new InputException(file + ": is no operator table; it needs the columns "
          + String.join(",", GEMM) + " or " + String.join(",", ATTENTION));
    }
    List<String> kinds =
        table.header().stream().filter(column -> !NUMBERS.contains(column)).toList();
    Map<String, Operator> operators = new LinkedHashMap<>();
    Map<String, List<double[]>> x = new LinkedHashMap<>();
    Map<String, List<Double>> nanos = new LinkedHashMap<>();
    for (int row = 0; row < table.rows(); row++) {
      Operator operator = gemm ? Operator.GEMM : attention(table, row);
      StringBuilder label = new StringBuilder();
      for (String kind : kinds) {
        label.append(label.isEmpty() ? "" : " ").append(table.text(row, kind));
      }
      String key = operator + "/" + label;
      operators.put(key, operator);
      x.computeIfAbsent(key, unseen -> new ArrayList<>())
          .add(gemm ? product(table, row) : sequences(table, row, operator));
      nanos
          .computeIfAbsent(key, unseen -> new ArrayList<>())
          .add(table.number(row, LATENCY, Double.MIN_NORMAL) * NANOS_PER_MILLI);
    }
    List<Points> all = new ArrayList<>();
    operators.forEach((key, operator) -> all.add(new Points(
        operator,
        key.substring(key.indexOf('/') + 1),
        x.getOrDefault(key, List.of()).toArray(double[][]::new),
        nanos.getOrDefault(key, List.of()).stream().mapToDouble(d -> d).toArray())));
    return all;
  }

  private static Operator attention(CsvTable table, int row) {
    boolean one = table.number(row, "input_tokens", 1) == 1;
    return one && table.number(row, "past_tokens", 0) > 0 ? Operator.DECODE : Operator.PREFILL;
  }

  private static double[] product(CsvTable table, int row) {
    return new double[] {
      table.number(row, "m", 1),
      table.number(row, "n", 1),
      table.number(row, "k", 1),
      bytes(table, row, "weight_dtype")
    };
  }

  private static double[] sequences(CsvTable table, int row, Operator operator) {
    double sequences = table.number(row, "batch_size", 1);
    double tokens = table.number(row, "input_tokens", 1);
    double past = table.number(row, "past_tokens", 0);
    if (table.has("window_size")) {
      double window = table.number(row, "window_size", -1);
      past = window > 0 ? Math.min(past, window) : past;
    }
    double heads = table.number(row, "num_heads", 1);
    double kvHeads = table.number(row, "num_kv_heads", 1);
    double dim = table.has("head_dim") ? table.number(row, "head_dim", 1) : HEAD_DIM;
    double kvBytes = bytes(table, row, "kv_dtype");
    return operator == Operator.DECODE
        ? new double[] {sequences, past + tokens, heads, kvHeads, dim, kvBytes}
        : new double[] {sequences, tokens, past, heads, kvHeads, dim, kvBytes};
  }

  /** Bytes of an element of the type that a column names; 2 where there is no such column. */
  private static double bytes(CsvTable table, int row, String column) {
    if (!table.has(column)) {
      return 2;
    }
    String type = table.text(row, column).toLowerCase(Locale.ROOT);
    if (type.contains("32")) {
      return 4;
    }
    return type.contains("16") || type.equals("auto") || type.equals("half")
        ? 2
        : narrow(table, row, type);
  }

  private static double narrow(CsvTable table, int row, String type) {
    if (type.contains("8")) {
      return 1;
    }
    if (type.contains("4")) {
      return 0.5;
    }
    throw table.broken(row, "unknown element type: " + type);
  }
}
