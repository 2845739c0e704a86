package kvlab.gpu.validate;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.Driver;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.DecodePlan;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.run.RandomFill;

/**
 * Times of decode attention by how its work list is cut: {@code DecodeSweep OUT.csv}. What DecodePlan's
 * constants are chosen by; 32 query heads on 8 KV heads of 128, pages of 16.
 */
final class DecodeSweep {
  private static final int[][]
      BATCHES = { // sequences, context: those that ../shared has of FlashAttention-3
    {1, 1024}, {1, 16384}, {8, 1024}, {8, 8192}, {32, 4096}, {64, 8192}, {128, 4096}, {256, 1024}
  };
  private static final double[] WAVES = {0.5, 1, 1.5, 2, 3, 4, 8};
  private static final int[] LEAST_PARTS = {64, 128, 256, 512};
  private static final int BLOCKS_PER_PROCESSOR = 3;

  private DecodeSweep() {}

  public static void main(String[] args) throws IOException {
    if (Driver.missing().isPresent()) {
      throw new IllegalStateException(Driver.missing().get());
    }
    try (Bench bench = new Bench(Device.open(0), Scale.GPU);
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])))) {
      out.println("batch,context,waves,least_part_tokens,items,partials,time_us,gb_per_s");
      for (int[] batch : BATCHES) {
        measure(bench, batch[0], batch[1], out);
        out.flush();
      }
    }
  }

  private static void measure(Bench bench, int rows, int context, PrintWriter out) {
    int[] contexts = new int[rows];
    Arrays.fill(contexts, context);
    int pages = rows * (context / 16);
    var heads = bench.scale.heads(4);
    long bytes = KvArena.bytes(heads, 1, pages, 16);
    int layers = (int) (2L * bench.device.describe().cacheBytes() / bytes + 1);
    try (KvArena arena = new KvArena(bench.device, heads, layers, pages, 16)) {
      RandomFill.fill(arena.keys(), ElementType.BF16, 1, 1, bench.stream);
      RandomFill.fill(arena.values(), ElementType.BF16, 1, 2, bench.stream);
      String before = "";
      for (double waves : WAVES) {
        for (int least : LEAST_PARTS) {
          int items = (int) (bench.device.describe().processors() * BLOCKS_PER_PROCESSOR * waves)
              / heads.kvHeads();
          DecodePlan plan = new DecodePlan(rows, items, least);
          plan.fill(contexts, rows);
          String same = plan.items() + "," + plan.partials();
          if (same.equals(before)) {
            continue;
          }
          before = same;
          double micros = AttentionParts.micros(bench, arena, contexts, Addressing.PAGED, plan);
          out.println(String.format(
              Locale.ROOT,
              "%d,%d,%s,%d,%s,%.2f,%.1f",
              rows,
              context,
              waves,
              least,
              same,
              micros,
              bytes / micros / 1e3));
        }
      }
    }
  }
}
