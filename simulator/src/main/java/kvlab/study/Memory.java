package kvlab.study;

import kvlab.capacity.KvCapacity;
import kvlab.capacity.Model;
import kvlab.kv.Pool;
import kvlab.workload.InputException;

/** How much memory there is for KV: a share of a GPU, or so many pages. */
public sealed interface Memory {
  /** Tokens per page that a number of pages is meant in, where nobody says: vLLM's block. */
  int USUAL_PAGE_TOKENS = 16;

  /** Slots, whatever the length of a page. */
  long slots();

  /**
   * What a GPU has left for KV.
   *
   * @param kvBytes bytes on each GPU
   * @param kvBytesPerToken bytes of one slot
   */
  record Bytes(long kvBytes, long kvBytesPerToken) implements Memory {
    @Override
    public long slots() {
      return kvBytes / kvBytesPerToken;
    }
  }

  /**
   * So many pages.
   *
   * @param pageTokens tokens per page that the number is meant in
   */
  record Pages(int pages, int pageTokens) implements Memory {
    @Override
    public long slots() {
      return (long) pages * pageTokens;
    }
  }

  /** What a GPU has left for KV when that share of its memory may be used. */
  static Memory of(Hardware hardware, double utilisation) {
    long bytes = KvCapacity.kvBytes(
        hardware.gpu(),
        hardware.model(),
        hardware.kvDtype(),
        hardware.tensorParallel(),
        utilisation,
        KvCapacity.overheadBytes(hardware.gpu()));
    return new Bytes(bytes, hardware.kvBytesPerToken());
  }

  /**
   * The longest sequence unless somebody says: the model's context length, or where the pool is smaller than
   * that the largest power of two of pages in it, which every placement can give.
   */
  default int longest(Model model, int pageTokens) {
    if (model.maxModelTokens() <= slots()) {
      return model.maxModelTokens();
    }
    long pages = Math.max(1, slots() / pageTokens);
    return (int) Math.min(slots(), Long.highestOneBit(pages) * pageTokens);
  }

  /** The pool of so many pages, if there can be one. */
  static Pool pool(long pages, int pageTokens) {
    if (pages < 1 || pages * pageTokens > Integer.MAX_VALUE) {
      throw new InputException("the pool would have " + pages + " pages of " + pageTokens
          + " tokens; it needs at least one page and at most 2^31 - 1 slots");
    }
    return new Pool((int) pages, pageTokens);
  }
}
