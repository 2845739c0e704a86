package kvlab.gpu.run;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.Event;
import kvlab.gpu.device.Graph;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.Addressing;
import kvlab.gpu.kernel.DecodePlan;
import kvlab.gpu.kernel.KernelSet;
import kvlab.gpu.kernel.KvArena;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.kernel.KvLaunches.DecodeWork;
import kvlab.gpu.kernel.KvLaunches.Tokens;
import kvlab.kv.PageTable;
import kvlab.step.Batch;
import kvlab.step.StepClock;

/**
 * Runs every step on a device and takes its time from device events: uploads of what changed, all
 * layers, sampling, download of the sampled ids. A step that only decodes is one graph launch. What Java
 * does before is not timed. The arena has one layer more than the model, for {@link ContentCheck}.
 */
public final class DeviceClock implements StepClock, AutoCloseable {
  private static final int[] WARM_TOKENS = {8, 16, 32, 64, 128}; // a kernel of matrix products each
  private static final int ITEM_FIELDS = 4;

  private final Resources resources = new Resources();
  private final Map<Integer, Graph> graphs = new HashMap<>(); // by bucket
  private final Stream stream;
  private final Event start;
  private final Event end;
  private final LlamaShape shape;
  private final LlamaPass pass;
  private final DevicePageTable pageTable;
  private final StepPlan plan;
  private final PrefillItems prefill = new PrefillItems();
  private final DecodePlan decodePlan;
  private final int[] decodeContexts; // [slot]
  private final IntUpload decodeWork;
  private final IntUpload decodeParts;
  private final DeviceMemory partialOut;
  private final DeviceMemory partialStats;
  private final DeviceMemory partsDone;
  private final IntUpload sampledIds;
  private final ContentCheck check;
  private final Device device;
  private StepTokens tokens;
  private long steps;
  private long graphSteps;

  /**
   * Limits of what it can run.
   *
   * @param maxSequences in one step
   * @param passTokens tokens that go through the layers at once
   * @param maxModelTokens the longest sequence
   */
  public record Limits(int maxSequences, int passTokens, int maxModelTokens) {}

  public DeviceClock(
      Device device,
      LlamaShape shape,
      Addressing addressing,
      int pages,
      int pageTokens,
      Limits limits,
      long seed) {
    this.device = device;
    this.shape = shape;
    try {
      stream = resources.add(device.stream());
      start = resources.add(device.event());
      end = resources.add(device.event());
      KernelSet kernels = resources.add(new KernelSet(device));
      KvArena arena =
          resources.add(new KvArena(device, shape.heads(), shape.layers() + 1, pages, pageTokens));
      arena.keys().fill(0, stream); // slots that a design never writes are read by nobody
      arena.values().fill(0, stream);
      LlamaWeights weights = resources.add(new LlamaWeights(device, stream, shape, seed));
      KvLaunches kv = new KvLaunches(kernels, arena, addressing);
      int maxSequences = limits.maxSequences();
      int bucket = StepPlan.bucketOf(maxSequences);
      int passTokens = Math.max(limits.passTokens(), bucket);
      pass = resources.add(new LlamaPass(
          device, kernels, shape, weights, kv, passTokens, maxSequences, limits.maxModelTokens()));
      int maxPages = (limits.maxModelTokens() + pageTokens - 1) / pageTokens;
      pageTable = resources.add(new DevicePageTable(device, addressing, maxSequences, maxPages));
      plan = new StepPlan(maxSequences, passTokens);
      int residentBlocks = device.describe().processors() * kv.decodeBlocksPerProcessor();
      decodePlan = new DecodePlan(bucket, shape.heads().kvHeads(), residentBlocks);
      decodeContexts = new int[bucket];
      decodeWork = resources.add(new IntUpload(device, decodePlan.work().length));
      decodeParts = resources.add(new IntUpload(device, decodePlan.parts().length));
      long partials = (long) decodePlan.maxItems() * shape.heads().queryHeads();
      partialOut = resources.add(device.allocate(4 * partials * shape.heads().headSize()));
      partialStats = resources.add(device.allocate(8 * partials));
      partsDone = resources.add(device.allocate(4L * bucket * shape.heads().queryHeads()));
      partsDone.fill(0, stream);
      sampledIds = resources.add(new IntUpload(device, bucket + maxSequences));
      check = resources.add(new ContentCheck(device, stream, kv, shape.layers(), maxSequences));
      tokens = new StepTokens(device, passTokens, shape.vocabulary());
      warm();
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** What keeps watch over the slots. */
  public ContentCheck check() {
    return check;
  }

  /** Integers of the page table that went to the device. */
  public long uploadedTableInts() {
    return pageTable.uploadedInts();
  }

  public long steps() {
    return steps;
  }

  /** Steps that were one graph launch. */
  public long graphSteps() {
    return graphSteps;
  }

  @Override
  public long nanos(Batch batch, PageTable table) {
    if (batch.size() == 0) {
      return 1; // nothing ran
    }
    check.before(batch);
    plan.fill(batch);
    prepare(batch);
    start.record(stream);
    upload(batch, table);
    compute();
    end.record(stream);
    end.synchronize();
    check.after(batch, plan, pageTable.table(), tokens);
    steps++;
    return Math.max(1, end.nanosSince(start));
  }

  private void prepare(Batch batch) {
    if (plan.tokens() > tokens.capacity()) {
      tokens.close();
      tokens = new StepTokens(device, plan.tokens() * 2, shape.vocabulary());
      graphs.values().forEach(Graph::close); // they hold the old addresses
      graphs.clear();
    }
    for (int t = 0; t < plan.tokens(); t++) {
      int slot = plan.slot(t);
      long request = slot < 0 ? 0 : check.identity(batch.request(plan.batchIndex(slot)));
      tokens.put(t, slot, plan.position(t), request);
    }
    for (int slot = 0; slot < plan.decodes(); slot++) {
      decodeContexts[slot] = batch.context(plan.batchIndex(slot)) + 1;
    }
    decodePlan.fill(decodeContexts, plan.decodes());
    decodeWork.put(decodePlan.work(), decodePlan.work().length);
    decodeParts.put(decodePlan.parts(), decodePlan.parts().length);
    prefill.fill(plan);
    tokens.planPrefill(prefill);
    if (plan.tokens() == plan.bucket() && !graphs.containsKey(plan.bucket())) {
      int bucket = plan.bucket();
      graphs.put(bucket, stream.capture(() -> decodeLaunches(bucket)));
    }
  }

  private void upload(Batch batch, PageTable table) {
    for (int slot = 0; slot < plan.slots(); slot++) {
      pageTable.put(slot, table, batch.row(plan.batchIndex(slot)), stream);
    }
    tokens.upload(plan.tokens(), stream);
    if (plan.bucket() > 0) {
      decodeWork.upload(decodePlan.maxItems(plan.bucket()) * ITEM_FIELDS, stream);
      decodeParts.upload(plan.bucket() * 2, stream);
    }
  }

  private void compute() {
    int sampling;
    if (plan.tokens() == plan.bucket()) {
      decodeOnly();
      sampling = plan.bucket();
    } else {
      sampling = mixed();
    }
    sampledIds.download(sampling, stream);
  }

  private void decodeOnly() {
    Objects.requireNonNull(graphs.get(plan.bucket())).launch(stream);
    graphSteps++;
  }

  /** Runs every kind of kernel on padding: the first launch of one loads it, which no step should pay for. */
  private void warm() {
    for (int count : WARM_TOKENS) {
      if (count <= tokens.capacity()) {
        int rows = Math.min(count, decodeContexts.length);
        for (int t = 0; t < count; t++) {
          tokens.put(t, StepPlan.NO_SLOT, 0, 0);
        }
        tokens.upload(count, stream);
        decodePlan.fill(decodeContexts, 0);
        decodeWork.put(decodePlan.work(), decodePlan.work().length);
        decodeWork.upload(decodePlan.work().length, stream);
        // one item whose row is -1, which both attention kernels take for padding
        pass.layers(
            stream,
            pageTable.table(),
            tokens.on(0, count),
            tokens.ids(0),
            count,
            work(rows),
            decodeWork.address(),
            1);
        pass.keep(stream, 0, rows, 0);
        pass.sample(stream, rows, sampledIds.address());
        stream.synchronize();
      }
    }
  }

  private void decodeLaunches(int bucket) {
    pass.layers(
        stream, pageTable.table(), tokens.on(0, bucket), tokens.ids(0), bucket, work(bucket), 0, 0);
    pass.keep(stream, 0, bucket, 0);
    pass.sample(stream, bucket, sampledIds.address());
  }

  private int mixed() {
    int rows = plan.bucket();
    for (int p = 0; p < plan.passes(); p++) {
      int first = plan.passStart(p);
      int count = plan.passEnd(p) - first;
      int bucket = p == 0 ? plan.bucket() : 0;
      Tokens on = tokens.on(first, count);
      pass.layers(
          stream,
          pageTable.table(),
          on,
          tokens.ids(first),
          bucket,
          work(bucket),
          tokens.prefillWork(p),
          tokens.prefillItems(p));
      if (bucket > 0) {
        pass.keep(stream, 0, bucket, 0);
      }
      for (int t = Math.max(first, plan.bucket()); t < first + count; t++) {
        boolean last = t + 1 == plan.tokens() || plan.slot(t + 1) != plan.slot(t);
        if (last) { // of its sequence in this step
          pass.keep(stream, t - first, 1, rows++);
        }
      }
    }
    pass.sample(stream, rows, sampledIds.address());
    return rows;
  }

  private DecodeWork work(int bucket) {
    return new DecodeWork(
        decodeWork.address(),
        decodePlan.maxItems(bucket),
        decodeParts.address(),
        partialOut.address(),
        partialStats.address(),
        partsDone.address());
  }

  @Override
  public void close() {
    graphs.values().forEach(Graph::close);
    graphs.clear();
    tokens.close();
    resources.close();
  }
}
