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
import kvlab.gpu.kernel.KvArena;

/**
 * Times of decode attention by how its work list is cut: {@code DecodeSweep OUT.csv}. What DecodePlan's
 * constants are chosen by; 32 query heads on 8 KV heads of 128, pages of 16.
 */
final class DecodeSweep {
  private static final int[][]
      BATCHES = { // sequences, context: those that ../shared has of FlashAttention-3
    {1, 1024}, {1, 16384}, {8, 1024}, {8, 8192}, {32, 4096}, {64, 8192}, {128, 4096}, {256, 1024}
  };

  private static final long MOST_BYTES = 3L << 30; // of a layer of the largest

  private DecodeSweep() {}

  public static void main(String[] args) throws IOException {
    if (Driver.missing().isPresent()) {
      throw new IllegalStateException(Driver.missing().get());
    }
    try (Bench bench = new Bench(Device.open(0), Scale.GPU);
        Pools pools = new Pools(bench, MOST_BYTES);
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])))) {
      out.println("batch,context,cut,items,partials,time_us,gb_per_s");
      out.println(String.format(Locale.ROOT, ",,read_sum,,,,%.1f", CopyParts.readCeiling(bench)));
      for (int[] batch : BATCHES) {
        measure(bench, pools, batch[0], batch[1], out);
        out.flush();
      }
    }
  }

  private static void measure(Bench bench, Pools pools, int rows, int context, PrintWriter out) {
    int[] contexts = new int[rows];
    Arrays.fill(contexts, context);
    int pages = rows * (context / 16);
    var heads = bench.scale.heads(4);
    KvArena arena = pools.arena(heads, pages, 16);
    DecodePlan plan =
        AttentionParts.plan(bench, arena, rows, Addressing.PAGED, bench.kernels.fastestDecode());
    plan.fill(contexts, rows);
    time(bench, arena, contexts, plan, "chosen", out);
    int before = 0;
    for (int parts = 1;
        parts * rows <= plan.maxItems() && context / parts >= 64;
        parts += Math.max(1, parts / 4)) {
      plan.fill(contexts, rows, (context - 1) / parts / 16 * 16 + 16);
      if (plan.items() != before) {
        time(bench, arena, contexts, plan, "given", out);
      }
      before = plan.items();
    }
  }

  private static void time(
      Bench bench, KvArena arena, int[] contexts, DecodePlan plan, String what, PrintWriter out) {
    double micros = AttentionParts.micros(
        bench, arena, contexts, Addressing.PAGED, bench.kernels.fastestDecode(), plan);
    long bytes = KvArena.bytes(arena.heads(), 1, arena.pages(), 16);
    out.println(String.format(
        Locale.ROOT,
        "%d,%d,%s,%d,%d,%.2f,%.1f",
        contexts.length,
        contexts[0],
        what,
        plan.items(),
        plan.partials(),
        micros,
        bytes / micros / 1e3));
  }
}
