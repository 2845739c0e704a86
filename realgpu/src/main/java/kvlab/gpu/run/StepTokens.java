package kvlab.gpu.run;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.KvLaunches.Tokens;

/** The tokens of one step on the device: ids, slots, positions, and what prefill attention does with them. */
final class StepTokens implements AutoCloseable {
  private static final int FIELDS = 4;
  private static final int NONE = -1;

  private final Resources resources = new Resources();
  private final int vocabulary;
  private final int capacity;
  private final IntUpload ids;
  private final IntUpload slots;
  private final IntUpload positions;
  private final IntUpload
      work; // [item][slot, first token of the pass, tokens, position of the first]
  private int[] passItems = new int[1]; // [pass] items before it
  private int items;

  StepTokens(Device device, int capacity, int vocabulary) {
    this.capacity = capacity;
    this.vocabulary = vocabulary;
    try {
      ids = resources.add(new IntUpload(device, capacity));
      slots = resources.add(new IntUpload(device, capacity));
      positions = resources.add(new IntUpload(device, capacity));
      work =
          resources.add(new IntUpload(device, capacity * FIELDS)); // an item has a token at least
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  int capacity() {
    return capacity;
  }

  /** Sets a token; which one of the vocabulary it is follows from request and position alone. */
  void put(int token, int slot, int position, long request) {
    long mixed = (request * 0x9e3779b97f4a7c15L + position) * 0xbf58476d1ce4e5b9L;
    ids.put(token, (int) ((mixed >>> 33) % vocabulary));
    slots.put(token, slot);
    positions.put(token, position);
  }

  /** Cuts the prompts' tokens of every pass into items of at most so many tokens of one sequence. */
  void planPrefill(StepPlan plan, int tile) {
    if (passItems.length < plan.passes() + 1) {
      passItems = new int[plan.passes() + 1];
    }
    items = 0;
    for (int pass = 0; pass < plan.passes(); pass++) {
      passItems[pass] = items;
      int start = plan.passStart(pass);
      int token = Math.max(start, plan.bucket());
      while (token < plan.passEnd(pass)) {
        int end = token + 1;
        while (end < plan.passEnd(pass)
            && end - token < tile
            && plan.slot(end) == plan.slot(token)) {
          end++;
        }
        item(plan.slot(token), token - start, end - token, plan.position(token));
        token = end;
      }
    }
    passItems[plan.passes()] = items;
  }

  private void item(int slot, int first, int tokens, int position) {
    int at = items++ * FIELDS;
    work.put(at, tokens == 0 ? NONE : slot);
    work.put(at + 1, first);
    work.put(at + 2, tokens);
    work.put(at + 3, position);
  }

  void upload(int tokens, Stream stream) {
    ids.upload(tokens, stream);
    slots.upload(tokens, stream);
    positions.upload(tokens, stream);
    if (items > 0) {
      work.upload(items * FIELDS, stream);
    }
  }

  Tokens on(int first, int count) {
    return new Tokens(slots.address() + 4L * first, positions.address() + 4L * first, count);
  }

  long ids(int first) {
    return ids.address() + 4L * first;
  }

  long prefillWork(int pass) {
    return work.address() + 4L * FIELDS * passItems[pass];
  }

  int prefillItems(int pass) {
    return passItems[pass + 1] - passItems[pass];
  }

  @Override
  public void close() {
    resources.close();
  }
}
