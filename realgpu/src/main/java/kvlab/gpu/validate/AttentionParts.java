package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.DecodeKernel;
import kvlab.gpu.kernel.DecodePlan;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.HeadShape;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.run.RandomFill;
import kvlab.gpu.run.Resources;

/** K2 to K4: decode attention over a grid of batches, contexts, groups and pages, in both address modes. */
final class AttentionParts {
  private static final int SKEWED_PAGE_TOKENS = 16; // pages of skewed batches
  private static final double SMALL_MICROS = 20; // below it errors are judged in microseconds
  private static final int SPARE = 16; // one page is free for so many
  private static final int WARPS = 4; // of a block of decode attention
  private static final long LARGE_BYTES = 1_000_000_000L; // where K4 judges

  private AttentionParts() {}

  /** A batch on the grid. Skewed: every eighth sequence has eight times the context of the others. */
  record Shape(int batch, int context, int group, int pageTokens, boolean skewed) {
    int[] contexts() {
      int[] contexts = new int[batch];
      for (int i = 0; i < batch; i++) {
        contexts[i] = !skewed || i % 8 == 0 ? context : Math.max(1, context / 8);
      }
      return contexts;
    }

    String label() {
      return batch + "," + context + "," + group + "," + pageTokens + ","
          + (skewed ? "skewed" : "uniform");
    }
  }

  /** What was measured; {@code blocks} are the features of {@link SharedBandwidth}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Timed(
      Shape shape, long kvBytes, double[] blocks, double pagedMicros, double contiguousMicros) {}

  /** K2, K3 and K4 share the measurements. */
  static List<Finding> grid(Bench bench, Path out) throws IOException {
    List<Timed> timed = new ArrayList<>();
    long mostBytes = Math.min(bench.scale.mostKvBytes(), bench.device.freeBytes() / 4);
    try (Pools pools = new Pools(bench, mostBytes)) {
      for (int[] pair : bench.scale.groupsAndPages()) {
        for (int batch : bench.scale.batches()) {
          for (int context : bench.scale.contexts()) {
            Shape shape = new Shape(batch, context, pair[0], pair[1], false);
            measure(bench, pools, mostBytes, shape, timed);
            if (batch >= 8 && pair[1] == SKEWED_PAGE_TOKENS) {
              shape = new Shape(batch, context, pair[0], pair[1], true);
              measure(bench, pools, mostBytes, shape, timed);
            }
          }
        }
      }
    }
    List<Finding> findings = new ArrayList<>();
    findings.addAll(latency(timed, out));
    findings.addAll(ratio(timed));
    findings.addAll(quality(bench, timed));
    return findings;
  }

  private static void measure(
      Bench bench, Pools pools, long mostBytes, Shape shape, List<Timed> timed) {
    HeadShape heads = bench.scale.heads(shape.group());
    int[] contexts = shape.contexts();
    long tokens = Arrays.stream(contexts).asLongStream().sum();
    long kvBytes = 2L * ElementType.BYTES * heads.kvElements() * tokens;
    int used =
        Arrays.stream(contexts).map(c -> (c - 1) / shape.pageTokens() + 1).sum();
    int pages = used + used / SPARE + 1; // as a pool has that is not made for one batch
    if (KvArena.bytes(heads, 1, pages, shape.pageTokens()) > mostBytes) {
      return;
    }
    KvArena arena = pools.arena(heads, pages, shape.pageTokens());
    DecodeKernel kernel = bench.kernels.fastestDecode();
    double paged = micros(bench, arena, contexts, Addressing.PAGED, kernel);
    double contiguous = micros(bench, arena, contexts, Addressing.CONTIGUOUS, kernel);
    double[] blocks = blocks(bench, arena, contexts);
    double[] same = timed.stream()
        .map(Timed::blocks)
        .filter(each -> Arrays.equals(each, blocks))
        .findFirst()
        .orElse(blocks); // one array for all, so that a fit works it out once
    timed.add(new Timed(shape, kvBytes, same, paged, contiguous));
  }

  private static double[] blocks(Bench bench, KvArena arena, int[] contexts) {
    KvLaunches launches =
        new KvLaunches(bench.kernels, arena, Addressing.PAGED, bench.kernels.fastestDecode());
    int processors = bench.device.describe().processors();
    return features(arena.heads(), processors * launches.decodeBlocksPerProcessor(), contexts);
  }

  /** What {@link SharedBandwidth} sees of a batch. */
  static double[] features(HeadShape heads, int residentBlocks, int[] contexts) {
    DecodePlan plan = new DecodePlan(contexts.length, heads.kvHeads(), residentBlocks);
    plan.fill(contexts, contexts.length);
    int rounds = (heads.group() + WARPS - 1) / WARPS; // a warp merges one head after another
    double[] features = new double[5 + plan.items()];
    features[0] = heads.kvHeads();
    features[1] = residentBlocks;
    features[3] = heads.group();
    for (int row = 0; row < contexts.length; row++) {
      features[2] = Math.max(features[2], (double) rounds * plan.parts()[2 * row + 1]);
    }
    features[4] = plan.partials() > 0 ? rounds : 0;
    for (int item = 0; item < plan.items(); item++) {
      int tokens = plan.work()[item * 4 + 2] - plan.work()[item * 4 + 1];
      features[5 + item] = 2.0 * ElementType.BYTES * heads.headSize() * tokens;
    }
    return features;
  }

  /** Microseconds of decode attention, cut as a step's is. */
  static double micros(
      Bench bench, KvArena arena, int[] contexts, Addressing addressing, DecodeKernel kernel) {
    DecodePlan plan = plan(bench, arena, contexts.length, addressing, kernel);
    plan.fill(contexts, contexts.length);
    return micros(bench, arena, contexts, addressing, kernel, plan);
  }

  /** An empty plan for this device. */
  static DecodePlan plan(
      Bench bench, KvArena arena, int rows, Addressing addressing, DecodeKernel kernel) {
    int blocks =
        new KvLaunches(bench.kernels, arena, addressing, kernel).decodeBlocksPerProcessor();
    return new DecodePlan(
        rows, arena.heads().kvHeads(), blocks * bench.device.describe().processors());
  }

  /** Microseconds of decode attention by a plan, one layer after another. */
  static double micros(
      Bench bench,
      KvArena arena,
      int[] contexts,
      Addressing addressing,
      DecodeKernel kernel,
      DecodePlan plan) {
    HeadShape heads = arena.heads();
    int rows = contexts.length;
    int stride = addressing == Addressing.PAGED
        ? (Arrays.stream(contexts).max().orElse(1) - 1) / arena.pageTokens() + 1
        : 2;
    long partials = (long) plan.maxItems() * heads.queryHeads();
    try (Resources resources = new Resources()) {
      DeviceMemory query = resources.add(bench.device.allocate(2L * rows * heads.queryElements()));
      RandomFill.fill(query, ElementType.BF16, 1, 3, bench.stream);
      DeviceMemory result = resources.add(bench.device.allocate(2L * rows * heads.queryElements()));
      int[] table = table(arena, contexts, addressing, stride);
      KvLaunches.Table rowsAt =
          new KvLaunches.Table(resources.add(bench.upload(table)).address(), stride);
      KvLaunches.DecodeWork work = new KvLaunches.DecodeWork(
          resources.add(bench.upload(plan.work())).address(),
          plan.items(),
          resources.add(bench.upload(plan.parts())).address(),
          resources.add(bench.device.allocate(4 * partials * heads.headSize())).address(),
          resources.add(bench.device.allocate(8 * partials)).address(),
          resources.add(bench.upload(new int[rows * heads.queryHeads()])).address());
      KvLaunches launches = new KvLaunches(bench.kernels, arena, addressing, kernel);
      return bench.micros(
          arena.layers(),
          rep -> launches.decode(
              bench.stream, rep % arena.layers(), rowsAt, work, result.address(), query.address()));
    }
  }

  /** Pages in random order, as an engine's are after a while; or runs side by side. */
  private static int[] table(KvArena arena, int[] contexts, Addressing addressing, int stride) {
    int[] ids = new int[arena.pages()];
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < ids.length; i++) {
      int j = random.nextInt(i + 1);
      ids[i] = ids[j];
      ids[j] = i;
    }
    int[] table = new int[contexts.length * stride];
    int next = 0;
    for (int row = 0; row < contexts.length; row++) {
      int pages = (contexts[row] - 1) / arena.pageTokens() + 1;
      if (addressing == Addressing.CONTIGUOUS) {
        table[row * stride] = next;
        table[row * stride + 1] = pages * arena.pageTokens();
      } else {
        System.arraycopy(ids, next, table, row * stride, pages);
      }
      next += pages;
    }
    return table;
  }

  private static List<Finding> latency(List<Timed> timed, Path out) throws IOException {
    Points points = new Points("batch,context,group,page_tokens,batch_shape,addressing");
    for (Timed each : timed) {
      points.add(each.shape().label() + ",paged", each.pagedMicros(), each.blocks());
      points.add(each.shape().label() + ",contiguous", each.contiguousMicros(), each.blocks());
    }
    Points shuffled = points.shuffled();
    SharedBandwidth model = SharedBandwidth.fit(shuffled.calibration());
    shuffled.write(out.resolve("k2.csv"), model);
    List<Finding> findings = new ArrayList<>(List.of(
        Finding.reported("K2", "fitted: launch", "us", model.launchMicros()),
        Finding.reported("K2", "fitted: a block by itself", "GB/s", model.aloneRate()),
        Finding.reported("K2", "fitted: all blocks", "GB/s", model.totalRate())));
    findings.addAll(shuffled.judge("K2", "decode attention latency", SMALL_MICROS, model));
    return findings;
  }

  private static List<Finding> ratio(List<Timed> timed) {
    List<Double> calibration = new ArrayList<>();
    List<Double> heldOut = new ArrayList<>();
    for (int i = 0; i < timed.size(); i++) {
      double ratio = timed.get(i).pagedMicros() / timed.get(i).contiguousMicros();
      (Points.isHeldOut(i) ? heldOut : calibration).add(ratio);
    }
    return List.of(Finding.within(
        "K3", "paged / contiguous (median)", "", median(calibration), median(heldOut), 3));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private static List<Finding> quality(Bench bench, List<Timed> timed) {
    double ceiling = CopyParts.readCeiling(bench);
    List<Finding> findings = new ArrayList<>();
    for (Timed each : timed) {
      if (each.kvBytes() >= LARGE_BYTES) {
        double share = 100 * each.kvBytes() / each.pagedMicros() / 1e3 / ceiling;
        String what = String.format(
            Locale.ROOT, "share of read ceiling at %s", each.shape().label().replace(',', '/'));
        findings.add(Finding.atLeast("K4", what, "%", 85, share));
      }
    }
    if (findings.isEmpty()) {
      findings.add(Finding.reported("K4", "points with 1 GB of KV", "", 0));
    }
    return findings;
  }
}
