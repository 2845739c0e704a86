package kvlab.calibrate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;
import kvlab.step.Heads;
import kvlab.step.Transformer;
import kvlab.study.Shapes;
import kvlab.workload.InputException;

/**
 * A folder of a model's measured layers on one GPU of a tensor-parallel group, in microseconds:
 *
 * <pre>
 *   dense.csv         layer,tokens,time_us            qkv_proj, o_proj, gate_up_proj, down_proj, ..
 *   per_sequence.csv  layer,sequences,time_us         lm_head, sampler
 *   attention.csv     prefill_chunk,kv_prefill,n_decode,kv_decode,time_us      one layer
 * </pre>
 *
 * each plain or with {@code .gz}. The shapes of the products are the model's.
 */
final class LayerProfile {
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double BYTES = 2; // of weights and of keys and values: profiles are 16-bit

  private LayerProfile() {}

  static boolean isIn(Path folder) {
    return file(folder, "attention") != null && file(folder, "dense") != null;
  }

  private static @org.jspecify.annotations.Nullable Path file(Path folder, String name) {
    for (String ending : List.of(".csv", ".csv.gz")) {
      Path file = folder.resolve(name + ending);
      if (Files.exists(file)) {
        return file;
      }
    }
    return null;
  }

  private static CsvTable table(Path folder, String name) {
    Path file = file(folder, name);
    if (file == null) {
      throw new InputException(folder + ": no " + name + ".csv or " + name + ".csv.gz");
    }
    return CsvTable.read(file);
  }

  /** The points of each operator. */
  static List<Points> read(Path folder, Model model, int tensorParallel) {
    List<Points> all = new ArrayList<>();
    all.add(products(folder, model, tensorParallel));
    all.add(elementwise(folder, model, tensorParallel));
    CsvTable attention = table(folder, "attention");
    for (Operator operator : List.of(Operator.DECODE, Operator.PREFILL, Operator.MIXED)) {
      Points points = attention(
          attention, operator, Shapes.of(model, KvDtype.AUTO, tensorParallel).heads());
      if (points.size() > 0) {
        all.add(points);
      }
    }
    return all;
  }

  private static Points products(Path folder, Model model, int t) {
    Transformer shape = Shapes.of(model, KvDtype.AUTO, t);
    List<double[]> x = new ArrayList<>();
    List<Double> nanos = new ArrayList<>();
    CsvTable dense = table(folder, "dense");
    for (int row = 0; row < dense.rows(); row++) {
      double m = dense.number(row, "tokens", 1);
      double[] product = switch (dense.text(row, "layer")) {
        case "qkv_proj" -> new double[] {m, shape.qkvWidth(), model.hidden(), BYTES};
        case "o_proj" -> new double[] {m, model.hidden(), shape.attentionWidth(), BYTES};
        case "gate_up_proj" -> new double[] {m, shape.upWidth(), model.hidden(), BYTES};
        case "down_proj" -> new double[] {m, model.hidden(), shape.ffnWidth(), BYTES};
        default -> new double[0];
      };
      if (product.length > 0) {
        x.add(product);
        nanos.add(dense.number(row, "time_us", Double.MIN_NORMAL) * NANOS_PER_MICRO);
      }
    }
    CsvTable once = table(folder, "per_sequence");
    for (int row = 0; row < once.rows(); row++) {
      if (once.text(row, "layer").equals("lm_head")) {
        double m = once.number(row, "sequences", 1);
        x.add(new double[] {m, shape.headWidth(), model.hidden(), BYTES});
        nanos.add(once.number(row, "time_us", Double.MIN_NORMAL) * NANOS_PER_MICRO);
      }
    }
    return points(Operator.GEMM, x, nanos);
  }

  private static Points elementwise(Path folder, Model model, int tensorParallel) {
    Transformer shape = Shapes.of(model, KvDtype.AUTO, tensorParallel);
    List<double[]> x = new ArrayList<>();
    List<Double> nanos = new ArrayList<>();
    CsvTable dense = table(folder, "dense");
    for (int row = 0; row < dense.rows(); row++) {
      double elements = switch (dense.text(row, "layer")) {
        case "layernorm" -> shape.normElements();
        case "rotary_emb" -> shape.rotaryElements();
        case "act_fn" -> shape.activationElements();
        default -> 0;
      };
      if (elements > 0) {
        x.add(new double[] {BYTES * elements * dense.number(row, "tokens", 1), BYTES});
        nanos.add(dense.number(row, "time_us", Double.MIN_NORMAL) * NANOS_PER_MICRO);
      }
    }
    return points(Operator.ELEMENTWISE, x, nanos);
  }

  private static Points attention(CsvTable table, Operator operator, Heads a) {
    List<double[]> x = new ArrayList<>();
    List<Double> nanos = new ArrayList<>();
    for (int row = 0; row < table.rows(); row++) {
      double tokens = table.number(row, "prefill_chunk", 0);
      double past = table.number(row, "kv_prefill", 0);
      double decodes = table.number(row, "n_decode", 0);
      double context = table.number(row, "kv_decode", 0);
      if (operator == kind(tokens, decodes)) {
        x.add(
            switch (operator) {
              case DECODE ->
                new double[] {decodes, context, a.query(), a.kv(), a.elements(), BYTES};
              case PREFILL ->
                new double[] {1, tokens, past, a.query(), a.kv(), a.elements(), BYTES};
              default ->
                new double[] {tokens, past, decodes, context, a.query(), a.kv(), a.elements(), BYTES
                };
            });
        nanos.add(table.number(row, "time_us", Double.MIN_NORMAL) * NANOS_PER_MICRO);
      }
    }
    return points(operator, x, nanos);
  }

  private static Operator kind(double tokens, double decodes) {
    if (tokens == 0) {
      return Operator.DECODE;
    }
    return decodes == 0 ? Operator.PREFILL : Operator.MIXED;
  }

  private static Points points(Operator operator, List<double[]> x, List<Double> nanos) {
    return new Points(
        operator,
        "profile",
        x.toArray(double[][]::new),
        nanos.stream().mapToDouble(d -> d).toArray());
  }
}
