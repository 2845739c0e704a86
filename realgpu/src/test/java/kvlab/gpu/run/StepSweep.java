package kvlab.gpu.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import kvlab.capacity.Catalogue;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Driver;
import kvlab.gpu.device.Event;
import kvlab.gpu.device.Graph;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.DecodeKernel;
import kvlab.gpu.kernel.DecodePlan;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.KvLaunches;

/**
 * What decode attention costs among the other kernels of a step, beside what it takes by itself: {@code
 * StepSweep OUT.csv}. Some layers of Llama 3.1 8B, pages of 16 in random order.
 */
final class StepSweep {
  private static final int LAYERS = 8; // 3.5 GB of weights, which no cache keeps
  private static final int[][] BATCHES = { // sequences, context
    {1, 1024},
    {1, 16384},
    {4, 512},
    {8, 1024},
    {8, 8192},
    {20, 1024},
    {32, 4096},
    {64, 1024},
    {64, 4096}
  };
  private static final int MOST_SEQUENCES = 64;
  private static final int MOST_TOKENS = 64 * 4096;
  private static final int MOST_CONTEXT = 16384;
  private static final int REPS = 15;

  private StepSweep() {}

  public static void main(String[] args) throws IOException {
    if (Driver.missing().isPresent()) {
      throw new IllegalStateException(Driver.missing().get());
    }
    try (Resources resources = new Resources();
        PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(args[0])))) {
      Device device = resources.add(Device.open(0));
      Stream stream = resources.add(device.stream());
      KernelSet kernels = resources.add(new KernelSet(device));
      LlamaShape shape =
          LlamaShape.of(Catalogue.open().model("llama-3.1-8b"), ElementType.BF16, LAYERS);
      LlamaWeights weights = resources.add(new LlamaWeights(device, stream, shape, 1));
      KvArena arena =
          resources.add(new KvArena(device, shape.heads(), LAYERS, MOST_TOKENS / 16 + 1, 16));
      RandomFill.fill(arena.keys(), ElementType.BF16, 1, 1, stream);
      RandomFill.fill(arena.values(), ElementType.BF16, 1, 2, stream);
      out.println("sequences,context,kernel,step_us,dense_us,decode_us,beyond_us_per_layer");
      for (DecodeKernel kernel : DecodeKernel.values()) {
        if (kernel != DecodeKernel.REF && kernels.runs(kernel)) {
          KvLaunches kv = new KvLaunches(kernels, arena, Addressing.PAGED, kernel);
          try (LlamaPass pass = new LlamaPass(
              device, kernels, shape, weights, kv, 64, MOST_SEQUENCES, MOST_CONTEXT + 1)) {
            for (int[] batch : BATCHES) {
              measure(device, stream, arena, kv, pass, kernel, batch[0], batch[1], out);
            }
          }
        }
        out.flush();
      }
    }
  }

  private static void measure(
      Device device,
      Stream stream,
      KvArena arena,
      KvLaunches kv,
      LlamaPass pass,
      DecodeKernel kernel,
      int rows,
      int context,
      PrintWriter out) {
    int bucket = StepPlan.bucketOf(rows);
    int[] contexts = new int[rows];
    Arrays.fill(contexts, context);
    int stride = (context - 1) / 16 + 1;
    DecodePlan plan = new DecodePlan(
        bucket,
        arena.heads().kvHeads(),
        kv.decodeBlocksPerProcessor() * device.describe().processors());
    plan.fill(contexts, rows);
    int[] tokenRows = new int[bucket];
    int[] positions = new int[bucket];
    Arrays.fill(tokenRows, rows, bucket, -1);
    for (int row = 0; row < rows; row++) {
      tokenRows[row] = row;
      positions[row] = context - 1;
    }
    long partials = (long) plan.maxItems() * arena.heads().queryHeads();
    int elements = arena.heads().queryElements();
    try (Resources resources = new Resources()) {
      KvLaunches.Table table = new KvLaunches.Table(
          upload(device, resources, pages(arena.pages(), rows * stride)), stride);
      KvLaunches.DecodeWork work = new KvLaunches.DecodeWork(
          upload(device, resources, plan.work()),
          plan.maxItems(bucket),
          upload(device, resources, plan.parts()),
          resources
              .add(device.allocate(4 * partials * arena.heads().headSize()))
              .address(),
          resources.add(device.allocate(8 * partials)).address(),
          upload(device, resources, new int[bucket * arena.heads().queryHeads()]));
      KvLaunches.Tokens tokens = new KvLaunches.Tokens(
          upload(device, resources, tokenRows), upload(device, resources, positions), bucket);
      long ids = upload(device, resources, new int[bucket]);
      DeviceMemory query = resources.add(device.allocate(2L * bucket * elements));
      RandomFill.fill(query, ElementType.BF16, 1, 3, stream);
      long result = resources.add(device.allocate(2L * bucket * elements)).address();
      double step =
          micros(device, stream, () -> pass.layers(stream, table, tokens, ids, bucket, work, 0, 0));
      double dense =
          micros(device, stream, () -> pass.layers(stream, table, tokens, ids, 0, work, 0, 0));
      double decode = micros(device, stream, () -> {
        for (int layer = 0; layer < LAYERS; layer++) {
          kv.decode(stream, layer, table, work, result, query.address());
        }
      });
      out.println(String.format(
          Locale.ROOT,
          "%d,%d,%s,%.1f,%.1f,%.1f,%.2f",
          rows,
          context,
          kernel,
          step,
          dense,
          decode,
          (step - dense - decode) / LAYERS));
    }
  }

  private static long upload(Device device, Resources resources, int[] values) {
    DeviceMemory memory = resources.add(device.allocate(4L * values.length));
    memory.write(values);
    return memory.address();
  }

  private static int[] pages(int pages, int count) {
    int[] ids = new int[pages];
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < ids.length; i++) {
      int j = random.nextInt(i + 1);
      ids[i] = ids[j];
      ids[j] = i;
    }
    return Arrays.copyOf(ids, count);
  }

  private static double micros(Device device, Stream stream, Runnable work) {
    work.run(); // loads kernels
    try (Graph graph = stream.capture(work);
        Event start = device.event();
        Event end = device.event()) {
      long[] nanos = new long[REPS];
      graph.launch(stream);
      for (int i = 0; i < REPS; i++) {
        start.record(stream);
        graph.launch(stream);
        end.record(stream);
        end.synchronize();
        nanos[i] = end.nanosSince(start);
      }
      Arrays.sort(nanos);
      return nanos[REPS / 2] / 1e3;
    }
  }
}
