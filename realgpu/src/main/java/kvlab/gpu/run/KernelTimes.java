package kvlab.gpu.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import kvlab.kv.PageTable;
import kvlab.step.Batch;
import kvlab.step.StepClock;
import kvlab.workload.InputException;

/**
 * Times of steps as {@link DeviceClock} runs them, from kernels that {@code kvlab validate gpu} measured: the
 * same padding, passes and order of work, with no device.
 *
 * <pre>
 *   t = step + sum over passes (once(T) + layers (layer(T) + decode(n, X) + prefill)) + head(R)
 *
 *   T  tokens of the pass, padding included      n, X  sequences that decode, sum of their contexts
 *   R  rows that sample, padding included        prefill  {@link PrefillTimes} of the pass's items
 * </pre>
 *
 * Tables are linear between what was measured, and go on in a straight line beyond.
 */
public final class KernelTimes implements StepClock {
  /** Names in {@code constants.csv}. */
  public static final String STEP = "step_us";

  public static final String PREFILL_LAUNCH = "prefill_launch_us";
  public static final String PREFILL_ALONE = "prefill_tile_alone_us";
  public static final String PREFILL_SHARED = "prefill_tile_shared_us";
  public static final String PREFILL_RESIDENT = "prefill_resident_blocks";
  public static final String PROCESSORS = "processors";

  /** Tokens of a block of gemm.cu; up to half as many are for skinny_gemm.cu. */
  public static final int TILE_TOKENS = 128;

  /** The file of the folder that has what is not a table. */
  public static final String CONSTANTS = "constants.csv";

  private final int layers;
  private final int queryHeads;
  private final TreeMap<Integer, Double> layer = new TreeMap<>();
  private final TreeMap<Integer, Double> once = new TreeMap<>();
  private final TreeMap<Integer, Double> head = new TreeMap<>();
  private final TreeMap<Integer, TreeMap<Integer, Double>> decode =
      new TreeMap<>(); // by sequences, by context
  private final PrefillTimes prefillTimes;
  private final double stepMicros;
  private final StepPlan plan;
  private final PrefillItems items = new PrefillItems();
  private int[] contexts = new int[64]; // of the items of a pass

  /**
   * Reads a profile.
   *
   * @param folder {@code profile} in the folder that {@code validate gpu} wrote
   * @param layers of the model, which has to be that of the profile
   * @throws InputException when it is not there or not whole
   */
  public KernelTimes(Path folder, int layers, int queryHeads, int maxSequences, int passTokens) {
    this.layers = layers;
    this.queryHeads = queryHeads;
    this.plan = new StepPlan(maxSequences, Math.max(passTokens, StepPlan.bucketOf(maxSequences)));
    for (String[] row : rows(folder, "dense.csv")) {
      (row[0].equals("layer") ? layer : once).put(Integer.valueOf(row[1]), micros(row[2]));
    }
    for (String[] row : rows(folder, "per_sequence.csv")) {
      head.put(Integer.valueOf(row[1]), micros(row[2]));
    }
    for (String[] row : rows(folder, "attention.csv")) {
      if (row[0].equals("0")) {
        decode
            .computeIfAbsent(Integer.valueOf(row[2]), n -> new TreeMap<>())
            .put(Integer.valueOf(row[3]), micros(row[4]));
      }
    }
    Map<String, Double> constants = constants(folder);
    this.stepMicros = constants.getOrDefault(STEP, 0.0);
    this.prefillTimes = new PrefillTimes(
        need(folder, constants, PREFILL_LAUNCH),
        need(folder, constants, PREFILL_ALONE),
        need(folder, constants, PREFILL_SHARED),
        (int) need(folder, constants, PROCESSORS),
        (int) need(folder, constants, PREFILL_RESIDENT));
  }

  private static double need(Path folder, Map<String, Double> constants, String name) {
    Double value = constants.get(name);
    if (value == null) {
      throw new InputException(folder.resolve(CONSTANTS) + " has no " + name);
    }
    return value;
  }

  /** Names and values of {@code constants.csv}. */
  public static Map<String, Double> constants(Path folder) {
    Map<String, Double> constants = new HashMap<>();
    rows(folder, CONSTANTS).forEach(row -> constants.put(row[0], micros(row[1])));
    return constants;
  }

  private static List<String[]> rows(Path folder, String name) {
    try {
      return Files.readAllLines(folder.resolve(name)).stream()
          .skip(1)
          .map(line -> line.split(",", -1))
          .toList();
    } catch (java.nio.file.NoSuchFileException e) {
      throw new InputException(
          folder.resolve(name) + " is not there: parts p1 and s1 of kvlab validate gpu write it",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double micros(String text) {
    return Double.parseDouble(text);
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    if (batch.size() == 0) {
      return 1;
    }
    plan.fill(batch);
    items.fill(plan);
    double micros = stepMicros;
    for (int pass = 0; pass < plan.passes(); pass++) {
      int tokens = plan.passEnd(pass) - plan.passStart(pass);
      double attention = prefill(pass) + (pass == 0 ? decode(batch) : 0);
      micros += at(once, tokens) + layers * (at(layer, tiles(tokens)) + attention);
    }
    int rows = plan.bucket() + plan.slots() - plan.decodes();
    for (int first = 0; first < rows; first += LlamaPass.HEAD_ROWS) {
      micros += at(head, Math.min(LlamaPass.HEAD_ROWS, rows - first));
    }
    return Math.max(1, Math.round(micros * 1e3));
  }

  /** Matrix products of more tokens than the kernels for few take are made in whole tiles. */
  private static int tiles(int tokens) {
    return tokens <= TILE_TOKENS / 2
        ? tokens
        : (tokens + TILE_TOKENS - 1) / TILE_TOKENS * TILE_TOKENS;
  }

  private double prefill(int pass) {
    int count = items.count(pass);
    if (count == 0) {
      return 0;
    }
    if (contexts.length < count) {
      contexts = new int[count * 2];
    }
    for (int item = 0; item < count; item++) {
      contexts[item] = items.context(items.first(pass) + item);
    }
    return prefillTimes.micros(contexts, count, queryHeads);
  }

  private double decode(Batch batch) {
    int sequences = plan.decodes();
    if (sequences == 0) {
      return 0;
    }
    long context = 0;
    for (int slot = 0; slot < sequences; slot++) {
      context += batch.context(plan.batchIndex(slot)) + 1;
    }
    TreeMap<Integer, Double> bySequences = new TreeMap<>(); // at this context in all
    for (Map.Entry<Integer, TreeMap<Integer, Double>> each : decode.entrySet()) {
      bySequences.put(each.getKey(), at(each.getValue(), (double) context / each.getKey()));
    }
    return at(bySequences, sequences);
  }

  /** Linear between the entries around x, or through the two that are nearest. */
  private static double at(NavigableMap<Integer, Double> table, double x) {
    Map.Entry<Integer, Double> low = table.floorEntry((int) Math.floor(x));
    Map.Entry<Integer, Double> high = table.higherEntry((int) Math.floor(x));
    if (low == null) {
      low = table.firstEntry();
      return low.getValue();
    }
    if (high == null) {
      high = low;
      low = table.lowerEntry(high.getKey());
      if (low == null) {
        return high.getValue();
      }
    }
    double share = (x - low.getKey()) / (high.getKey() - low.getKey());
    return Math.max(0, low.getValue() + share * (high.getValue() - low.getValue()));
  }
}
