package kvlab.gpu.run;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * How long prefill attention of one layer takes. Its blocks are independent and each goes over its context
 * tile by tile, so the launch is a list schedule: the next block starts where one has ended.
 *
 * <pre>
 *   t = launch + tile * (tiles of the processor slot that ends last)
 *
 *   tile   of a block that has its processor for itself, while there are no more blocks than processors,
 *          and else of one that shares it
 * </pre>
 *
 * @param launchMicros what is there before and after the tiles
 * @param aloneMicros of a tile of {@value PrefillItems#TILE} tokens
 * @param sharedMicros likewise, on a processor with all the blocks that it can hold
 * @param processors of the device
 * @param residentBlocks that run at once on all of them
 */
public record PrefillTimes(
    double launchMicros,
    double aloneMicros,
    double sharedMicros,
    int processors,
    int residentBlocks) {
  /** Tokens of the items' contexts, longest first, for so many heads each. */
  double micros(int[] contexts, int items, int heads) {
    double tiles = tiles(contexts, items, heads, residentBlocks);
    boolean alone = (long) items * heads <= processors;
    return launchMicros + tiles * (alone ? aloneMicros : sharedMicros);
  }

  /** What {@code micros} is a sum of, as what multiplies launch, alone and shared. */
  public static double[] features(int[] contexts, int heads, int processors, int residentBlocks) {
    double tiles = tiles(contexts, contexts.length, heads, residentBlocks);
    boolean alone = (long) contexts.length * heads <= processors;
    return new double[] {1, alone ? tiles : 0, alone ? 0 : tiles};
  }

  private static long tiles(int[] contexts, int items, int heads, int residentBlocks) {
    PriorityQueue<Long> ends = new PriorityQueue<>();
    long last = 0;
    for (int item = 0; item < items; item++) {
      int tiles = (contexts[item] + PrefillItems.TILE - 1) / PrefillItems.TILE;
      for (int head = 0; head < heads; head++) {
        long start = ends.size() < residentBlocks ? 0 : ends.remove();
        ends.add(start + tiles);
        last = Math.max(last, start + tiles);
      }
    }
    return last;
  }

  /** Contexts of the items of one chunk behind others, longest first. */
  public static int[] contextsOf(int chunk, int context) {
    int items = (chunk + PrefillItems.TILE - 1) / PrefillItems.TILE;
    int[] contexts = new int[items];
    for (int item = 0; item < items; item++) {
      contexts[item] = context + Math.min(chunk, (item + 1) * PrefillItems.TILE);
    }
    Arrays.sort(contexts);
    for (int i = 0; i < items / 2; i++) {
      int swap = contexts[i];
      contexts[i] = contexts[items - 1 - i];
      contexts[items - 1 - i] = swap;
    }
    return contexts;
  }
}
