package kvlab.capacity;

import java.util.Locale;
import kvlab.workload.InputException;

/** How much of a GPU is left for keys and values, as an engine works it out at start. */
public final class KvCapacity {
  /**
   * Activations and everything outside the framework's pools on a 24 GB card: vLLM 0.19, RTX 4090,
   * Llama-3.1-8B, 2048 tokens per step. 0.9 of the memory less the weights less 2,588 recorded pages.
   */
  public static final long SMALL_CARD_OVERHEAD_BYTES = 1_240_000_000L;

  /** The same on a larger card, which takes larger steps; between 2 and 4 GB are reported. */
  public static final long LARGE_CARD_OVERHEAD_BYTES = 2_500_000_000L;

  /** The largest memory that counts as a small card: 24 GiB. */
  public static final long SMALL_CARD_BYTES = 24L << 30;

  private KvCapacity() {}

  /** What an engine needs on this GPU beside weights and KV, where nobody measured it, in bytes. */
  public static long overheadBytes(Gpu gpu) {
    return gpu.memoryBytes() <= SMALL_CARD_BYTES
        ? SMALL_CARD_OVERHEAD_BYTES
        : LARGE_CARD_OVERHEAD_BYTES;
  }

  /**
   * Bytes left for KV on each GPU: {@code utilisation * memory - weights / t - overhead}.
   *
   * @param tensorParallel t, GPUs that share the weights evenly
   * @param utilisation share of the memory that the engine may use, above 0, at most 1
   * @param overheadBytes activations and the rest, for instance {@link #overheadBytes(Gpu)}
   * @throws InputException when not even one token fits; the message has the sum in GiB
   */
  public static long kvBytes(
      Gpu gpu,
      Model model,
      KvDtype dtype,
      int tensorParallel,
      double utilisation,
      long overheadBytes) {
    if (!(utilisation > 0 && utilisation <= 1)) {
      throw new InputException(
          "GPU memory utilisation must be above 0 and at most 1: " + utilisation);
    }
    if (overheadBytes < 0) {
      throw new InputException("memory overhead must not be negative: " + overheadBytes);
    }
    long tokenBytes = model.kvBytesPerToken(dtype, tensorParallel);
    long usable = (long) Math.floor(gpu.memoryBytes() * utilisation);
    long weights = (model.weightBytes() + tensorParallel - 1) / tensorParallel;
    long left = Math.subtractExact(usable - weights, overheadBytes);
    if (left < tokenBytes) {
      throw new InputException(String.format(
          Locale.ROOT,
          "%s does not fit on %d x %s: %.2f GiB of weights and %.2f GiB of overhead per GPU leave"
              + " %.2f of %.2f GiB usable (%.0f %% of %.2f GiB) for KV",
          model.name(),
          tensorParallel,
          gpu.name(),
          gib(weights),
          gib(overheadBytes),
          gib(left),
          gib(usable),
          100 * utilisation,
          gib(gpu.memoryBytes())));
    }
    return left;
  }

  /**
   * Whole pages in so many bytes.
   *
   * @throws InputException when there is no room for one page, or more than an int can count
   */
  public static int pages(long kvBytes, long kvBytesPerToken, int pageTokens) {
    if (kvBytesPerToken < 1 || pageTokens < 1) {
      throw new InputException("KV bytes per token and tokens per page must be positive: "
          + kvBytesPerToken + ", " + pageTokens);
    }
    long pages = kvBytes / Math.multiplyExact(kvBytesPerToken, (long) pageTokens);
    if (pages < 1 || pages > Integer.MAX_VALUE) {
      throw new InputException(String.format(
          Locale.ROOT,
          "%.2f GiB of KV make %d pages of %d tokens; from 1 to %d can be managed",
          gib(kvBytes),
          pages,
          pageTokens,
          Integer.MAX_VALUE));
    }
    return (int) pages;
  }

  private static double gib(long bytes) {
    return bytes / (double) (1L << 30);
  }
}
