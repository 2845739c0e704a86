package kvlab.gpu.run;

import kvlab.gpu.device.Device;
import kvlab.gpu.device.Stream;
import kvlab.gpu.kernel.KvLaunches.Tokens;

/** The tokens of one step on the device: ids, slots, positions, and what prefill attention does with them. */
final class StepTokens implements AutoCloseable {
  private final Resources resources = new Resources();
  private final int vocabulary;
  private final int capacity;
  private final IntUpload ids;
  private final IntUpload slots;
  private final IntUpload positions;
  private final IntUpload work; // of prefill attention
  private PrefillItems prefill = new PrefillItems();

  StepTokens(Device device, int capacity, int vocabulary) {
    this.capacity = capacity;
    this.vocabulary = vocabulary;
    try {
      ids = resources.add(new IntUpload(device, capacity));
      slots = resources.add(new IntUpload(device, capacity));
      positions = resources.add(new IntUpload(device, capacity));
      work = resources.add(
          new IntUpload(device, capacity * PrefillItems.FIELDS)); // an item has a token at least
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

  /** What prefill attention does in every pass. */
  void planPrefill(PrefillItems items) {
    work.put(items.work(), items.count() * PrefillItems.FIELDS);
    prefill = items;
  }

  void upload(int tokens, Stream stream) {
    ids.upload(tokens, stream);
    slots.upload(tokens, stream);
    positions.upload(tokens, stream);
    if (prefill.count() > 0) {
      work.upload(prefill.count() * PrefillItems.FIELDS, stream);
    }
  }

  Tokens on(int first, int count) {
    return new Tokens(slots.address() + 4L * first, positions.address() + 4L * first, count);
  }

  long ids(int first) {
    return ids.address() + 4L * first;
  }

  long prefillWork(int pass) {
    return work.address() + 4L * PrefillItems.FIELDS * prefill.first(pass);
  }

  int prefillItems(int pass) {
    return prefill.count(pass);
  }

  @Override
  public void close() {
    resources.close();
  }
}
