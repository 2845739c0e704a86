package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.run.KernelTimes;
import kvlab.gpu.run.LlamaShape;
import kvlab.gpu.run.PrefillTimes;
import kvlab.gpu.run.RandomFill;
import kvlab.gpu.run.Resources;
import kvlab.gpu.run.StepPieces;

/**
 * P1: the kernels of one layer over counts of tokens, sequences and contexts, as the folder that {@code
 * --step-time profile:DIR} reads. Replays are predicted from it, so it holds no time of a whole step. Decode
 * and prefill attention are two kernels one after the other, so a batch with both takes the sum.
 */
final class ProfilePart {
  private static final String FOLDER = "profile";
  private static final int LAYERS = 3; // timed together, so that weights never come from a cache
  private static final int TILE = 64; // queries of an item of prefill.cu
  private static final int PAGE_TOKENS = 16;
  private static final int TILE_TOKENS = KernelTimes.TILE_TOKENS;
  private static final int MOST_TOKENS = 8192; // of a pass
  private static final int FIELDS = 4;

  private ProfilePart() {}

  /**
   * What is measured.
   *
   * @param tokens of the dense kernels: on both sides of where another kernel or tile begins
   * @param rows that sample, likewise
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Grid(
      int[] tokens, int[] rows, int[] decodes, int[] contexts, int[] chunks, int[] chunkContexts) {
    static final Grid GPU = new Grid(
        tokenCounts(),
        new int[] {1, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 256},
        new int[] {1, 2, 4, 8, 16, 32, 64, 128},
        new int[] {16, 128, 256, 512, 1024, 2048, 4096},
        new int[] {16, 64, 128, 256, 512, 1024, 2048, 4096, 8192},
        new int[] {0, 512, 2048, 8192});

    /** Pages of the largest batch, of decodes or of a chunk behind its context. */
    int mostPages() {
      int decoded = most(decodes) * ((most(contexts) - 1) / PAGE_TOKENS + 1);
      return Math.max(decoded, (most(chunks) + most(chunkContexts) - 1) / PAGE_TOKENS + 1);
    }

    private static int most(int[] values) {
      return Arrays.stream(values).max().orElse(0);
    }

    /** Edges of the kernels for few tokens; then every tile, and where there are many every second and fourth. */
    private static int[] tokenCounts() {
      List<Integer> counts = new ArrayList<>(List.of(1, 8, 9, 16, 17, 32, 33, 64));
      int step = TILE_TOKENS;
      for (int count = step; count <= MOST_TOKENS; count += step) {
        counts.add(count);
        step = count < MOST_TOKENS / 4
            ? TILE_TOKENS
            : count < MOST_TOKENS / 2 ? 2 * TILE_TOKENS : 4 * TILE_TOKENS;
      }
      return counts.stream().mapToInt(Integer::intValue).toArray();
    }

    static final Grid TWIN = new Grid(
        new int[] {1, 8, 72},
        new int[] {1, 8},
        new int[] {1, 2},
        new int[] {16, 32},
        new int[] {16, 32},
        new int[] {0, 16});
  }

  static Path folder(Path out) {
    return out.resolve(FOLDER);
  }

  static List<Finding> profile(Bench bench, Path out) throws IOException {
    Grid grid = bench.scale.twin() ? Grid.TWIN : Grid.GPU;
    LlamaShape shape = bench.scale.shape();
    Files.createDirectories(folder(out));
    List<Finding> findings = new ArrayList<>();
    findings.addAll(dense(bench, grid, shape, out));
    findings.addAll(attention(bench, grid, shape.heads(), out));
    return findings;
  }

  private static List<Finding> dense(Bench bench, Grid grid, LlamaShape shape, Path out)
      throws IOException {
    StringBuilder dense = new StringBuilder("layer,tokens,time_us\n");
    StringBuilder perSequence = new StringBuilder("layer,sequences,time_us\n");
    int most = Arrays.stream(grid.tokens()).max().orElse(1);
    int mostRows = Arrays.stream(grid.rows()).max().orElse(1);
    Map<Integer, Double> once = new TreeMap<>();
    try (StepPieces pieces = pieces(bench, shape.withLayers(0), most, mostRows)) {
      for (int tokens : grid.tokens()) {
        once.put(tokens, bench.micros(rep -> pieces.layers(bench.stream, tokens)));
        line(dense, "embedding", tokens, once.getOrDefault(tokens, 0.0));
      }
      for (int rows : grid.rows()) {
        line(perSequence, "head", rows, bench.micros(rep -> pieces.sample(bench.stream, rows)));
      }
    }
    double slowest = 0;
    try (StepPieces pieces = pieces(bench, shape.withLayers(LAYERS), most, mostRows)) {
      int before = 0;
      for (int tokens : grid.tokens()) {
        double all = bench.micros(rep -> pieces.layers(bench.stream, tokens));
        slowest = (all - once.getOrDefault(tokens, 0.0)) / LAYERS;
        if (before >= TILE_TOKENS / 2 && before + 1 < tokens) {
          line(dense, "layer", before + 1, slowest); // the same tiles
        }
        line(dense, "layer", tokens, slowest);
        before = tokens;
      }
    }
    Files.writeString(folder(out).resolve("dense.csv"), dense);
    Files.writeString(folder(out).resolve("per_sequence.csv"), perSequence);
    double flops = 2.0 * most * (shape.layerElements() - 2.0 * shape.hidden());
    return List.of(Finding.reported(
        "P1",
        "products and the rest of a layer at " + most + " tokens",
        "TFLOP/s",
        flops / slowest / 1e6));
  }

  private static StepPieces pieces(Bench bench, LlamaShape shape, int most, int mostRows) {
    return new StepPieces(bench.device, bench.stream, bench.kernels, shape, most, mostRows);
  }

  private static void line(StringBuilder text, String name, int count, double micros) {
    text.append(String.format(Locale.ROOT, "%s,%d,%.3f\n", name, count, micros));
  }

  private static List<Finding> attention(Bench bench, Grid grid, HeadShape heads, Path out)
      throws IOException {
    try (Pools pools = new Pools(bench, KvArena.bytes(heads, 1, grid.mostPages(), PAGE_TOKENS))) {
      return attention(bench, pools, grid, heads, out);
    }
  }

  private static List<Finding> attention(
      Bench bench, Pools pools, Grid grid, HeadShape heads, Path out) throws IOException {
    Map<String, Double> decode = new TreeMap<>(); // by "n,context"
    for (int rows : grid.decodes()) {
      for (int context : grid.contexts()) {
        decode.put(rows + "," + context, decode(bench, pools, heads, rows, context));
      }
    }
    StringBuilder csv = new StringBuilder("prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n");
    decode.forEach(
        (batch, micros) -> csv.append(String.format(Locale.ROOT, "0,0,%s,%.3f\n", batch, micros)));
    int processors = bench.device.describe().processors();
    KvLaunches launches =
        new KvLaunches(bench.kernels, pools.arena(heads, 1, PAGE_TOKENS), Addressing.PAGED);
    int resident = processors * launches.prefillBlocksPerProcessor();
    Points points = new Points("chunk,context");
    double pairsPerMicro = 0;
    for (int chunk : grid.chunks()) {
      for (int context : grid.chunkContexts()) {
        double micros = prefill(bench, pools, heads, chunk, context);
        csv.append(String.format(Locale.ROOT, "%d,%d,0,0,%.3f\n", chunk, context, micros));
        decode.forEach((batch, more) -> csv.append(
            String.format(Locale.ROOT, "%d,%d,%s,%.3f\n", chunk, context, batch, micros + more)));
        points.add(
            chunk + "," + context,
            micros,
            PrefillTimes.features(
                PrefillTimes.contextsOf(chunk, context), heads.queryHeads(), processors, resident));
        pairsPerMicro = ((double) chunk * context + chunk * (chunk + 1.0) / 2) / micros;
      }
    }
    Files.writeString(folder(out).resolve("attention.csv"), csv);
    Points shuffled = points.shuffled();
    Fit fit = shuffled.fit();
    shuffled.write(out.resolve("p1-prefill.csv"), fit);
    Files.writeString(
        folder(out).resolve(KernelTimes.CONSTANTS),
        constants(Map.of(
            KernelTimes.PREFILL_LAUNCH, fit.coefficient(0),
            KernelTimes.PREFILL_ALONE, fit.coefficient(1),
            KernelTimes.PREFILL_SHARED, fit.coefficient(2),
            KernelTimes.PREFILL_RESIDENT, (double) resident,
            KernelTimes.PROCESSORS, (double) processors)));
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.reported(
        "P1",
        "prefill attention on a long context",
        "TFLOP/s",
        pairsPerMicro * 4 * heads.queryElements() / 1e6));
    findings.addAll(shuffled.judge("P1", "prefill attention latency", 0, fit));
    return findings;
  }

  private static String constants(Map<String, Double> values) {
    StringBuilder text = new StringBuilder("name,value\n");
    new TreeMap<>(values)
        .forEach(
            (name, value) -> text.append(String.format(Locale.ROOT, "%s,%.4f\n", name, value)));
    return text.toString();
  }

  /** What a step takes beyond its kernels. */
  static void setStepMicros(Path out, double micros) throws IOException {
    Map<String, Double> values = KernelTimes.constants(folder(out));
    values.put(KernelTimes.STEP, micros);
    Files.writeString(folder(out).resolve(KernelTimes.CONSTANTS), constants(values));
  }

  private static double decode(Bench bench, Pools pools, HeadShape heads, int rows, int context) {
    int[] contexts = new int[rows];
    Arrays.fill(contexts, context);
    int pages = rows * ((context - 1) / PAGE_TOKENS + 1);
    KvArena arena = pools.arena(heads, pages, PAGE_TOKENS);
    return AttentionParts.micros(
        bench, arena, contexts, Addressing.PAGED, bench.kernels.fastestDecode());
  }

  private static double prefill(Bench bench, Pools pools, HeadShape heads, int chunk, int context) {
    int pages = (chunk + context - 1) / PAGE_TOKENS + 1;
    int items = (chunk + TILE - 1) / TILE;
    int[] work = new int[items * FIELDS];
    for (int i = 0; i < items; i++) {
      int item = items - 1 - i; // longest context first
      work[i * FIELDS + 1] = item * TILE;
      work[i * FIELDS + 2] = Math.min(TILE, chunk - item * TILE);
      work[i * FIELDS + 3] = context + item * TILE;
    }
    int[] table = new int[pages];
    for (int page = 0; page < pages; page++) {
      table[page] = pages - 1 - page;
    }
    try (Resources resources = new Resources()) {
      KvArena arena = pools.arena(heads, pages, PAGE_TOKENS);
      DeviceMemory query = resources.add(bench.device.allocate(2L * chunk * heads.queryElements()));
      RandomFill.fill(query, ElementType.BF16, 1, 3, bench.stream);
      DeviceMemory result =
          resources.add(bench.device.allocate(2L * chunk * heads.queryElements()));
      KvLaunches launches = new KvLaunches(bench.kernels, arena, Addressing.PAGED);
      KvLaunches.Table rows =
          new KvLaunches.Table(resources.add(bench.upload(table)).address(), pages);
      long workAt = resources.add(bench.upload(work)).address();
      return bench.micros(
          arena.layers(),
          rep -> launches.prefill(
              bench.stream,
              rep % arena.layers(),
              rows,
              workAt,
              items,
              result.address(),
              query.address()));
    }
  }
}
