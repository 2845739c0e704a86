package kvlab.gpu.run;

import java.util.Arrays;
import kvlab.gpu.device.Device;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.KvLaunches;
import kvlab.gpu.kernel.KvLaunches.Table;
import kvlab.metrics.Probe;
import kvlab.metrics.StepView;
import kvlab.sched.Requests;
import kvlab.step.Batch;
import kvlab.workload.InputException;

/**
 * Whether the device's slots hold what they should. Every token that a step computes also leaves a tag in
 * a layer of its own, through the same table and positions: bits that depend on request and position
 * alone (tags.cu). When requests finish, and every {@value #EVERY_STEPS} steps, the live slots of the
 * step's sequences are compared with them. So a page handed to two sequences, a table row that is out of
 * date on the device, or a page lost on the way stops the run.
 */
public final class ContentCheck implements Probe, AutoCloseable {
  private static final int EVERY_STEPS = 64;
  private static final int NONE = -1;

  private final Stream stream;
  private final KvLaunches kv;
  private final int layer;
  private final Resources resources = new Resources();
  private final IntUpload requests; // [slot]
  private final IntUpload contexts; // [slot]
  private final IntUpload report; // wrong, checked
  private int[] written = new int[64]; // [handle] tokens whose KV is in the pool
  private long[] identity = new long[64]; // [handle] the request it is, or NONE
  private Requests known = new Requests();
  private Table table = new Table(0, 0);
  private int slots;
  private int longestTokens;
  private long steps;
  private long checkedSlots;

  ContentCheck(Device device, Stream stream, KvLaunches kv, int layer, int maxSequences) {
    this.stream = stream;
    this.kv = kv;
    this.layer = layer;
    try {
      requests = resources.add(new IntUpload(device, maxSequences));
      contexts = resources.add(new IntUpload(device, maxSequences));
      report = resources.add(new IntUpload(device, 2));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
    Arrays.fill(identity, NONE);
  }

  /** Where to look up whose a handle is. */
  public void watch(Requests server) {
    known = server;
  }

  /** What tells a request from all others: its row of the trace. */
  long identity(int handle) {
    return known.id(handle);
  }

  /** Refuses work that this device cannot do: sequences whose KV somebody else has computed or moved. */
  void before(Batch batch) {
    if (batch.copiedTokens() > 0 || batch.transferredTokens() > 0) {
      throw new InputException(
          "this design copies or swaps pages, which a device does not run yet");
    }
    for (int i = 0; i < batch.size(); i++) {
      int handle = batch.request(i);
      grow(handle);
      if (identity[handle] != known.id(handle)) {
        identity[handle] = known.id(handle);
        written[handle] = 0;
      }
      if (batch.context(i) == 0) {
        written[handle] = 0; // from the start, for the first time or after a preemption
      }
      if (batch.tokens(i) == 0 || batch.context(i) != written[handle]) {
        throw new InputException("request " + known.id(handle) + " starts with "
            + batch.context(i) + " tokens that others computed or that were moved; a device runs no"
            + " shared prefixes, samples or swapping yet (try --prefix-cache off)");
      }
      written[handle] += batch.tokens(i);
    }
  }

  private void grow(int handle) {
    if (handle >= written.length) {
      int before = written.length;
      int capacity = Math.max(handle + 1, before * 2);
      written = Arrays.copyOf(written, capacity);
      identity = Arrays.copyOf(identity, capacity);
      Arrays.fill(identity, before, capacity, NONE);
    }
  }

  /** Tags the step's tokens; not timed. */
  void after(Batch batch, StepPlan plan, Table itsTable, StepTokens tokens) {
    table = itsTable;
    slots = plan.slots();
    longestTokens = 0;
    for (int slot = 0; slot < slots; slot++) {
      int handle = batch.request(plan.batchIndex(slot));
      requests.put(slot, Long.hashCode(known.id(handle)));
      contexts.put(slot, written[handle]);
      longestTokens = Math.max(longestTokens, written[handle]);
    }
    requests.upload(slots, stream);
    contexts.upload(slots, stream);
    kv.tagWrite(stream, layer, table, tokens.on(0, plan.tokens()), requests.address());
    stream.synchronize();
  }

  @Override
  public void onStep(StepView step) {
    steps++;
    if (slots > 0 && (step.finished().size() > 0 || steps % EVERY_STEPS == 0)) {
      compare(step);
    }
    slots = 0;
  }

  private void compare(StepView step) {
    report.put(0, 0);
    report.put(1, 0);
    report.upload(2, stream);
    kv.tagCheck(
        stream,
        layer,
        table,
        requests.address(),
        contexts.address(),
        slots,
        longestTokens,
        report.address());
    report.download(2, stream);
    stream.synchronize();
    if (report.get(0) != 0) {
      throw new IllegalStateException("after step " + step.index() + ", " + report.get(0) + " of "
          + report.get(1) + " pieces of the live slots do not hold what was written there");
    }
    for (int slot = 0; slot < slots; slot++) {
      checkedSlots += contexts.get(slot);
    }
    if (report.get(1) == 0) {
      throw new IllegalStateException("after step " + step.index() + " no slot was checked");
    }
  }

  /** Slots compared so far, each as often as it was. */
  public long checkedSlots() {
    return checkedSlots;
  }

  @Override
  public void close() {
    resources.close();
  }
}
