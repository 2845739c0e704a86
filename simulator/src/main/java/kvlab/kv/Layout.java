package kvlab.kv;

import java.util.List;
import java.util.function.IntPredicate;

/**
 * How the layers of a model lie in the pages of a pool. The unit that all groups share is the layer
 * slot: room for one token's K and V in one layer.
 *
 * <pre>
 *   together     one group; a page has a slot for every layer
 *   apart        a group per kind of layer, each with a page table of its own
 * </pre>
 *
 * @param groups each layer of the model is in one of them
 * @param pool the pages that the allocator counts as free
 * @param pageLayers layers that such a page has room for
 */
public record Layout(List<LayerGroup> groups, Pool pool, int pageLayers) {
  public Layout {
    groups = List.copyOf(groups);
  }

  /** All layers in the same pages. */
  public static Layout together(PageTable table, Layers layers) {
    LayerGroup all = new LayerGroup(table, layers, layers.count());
    return new Layout(List.of(all), table.pool(), layers.count());
  }

  /** Layers of the model. */
  public int layers() {
    return groups.stream().mapToInt(group -> group.layers().count()).sum();
  }

  /** Layer slots of the pool: the capacity of the accounting. */
  public long capacitySlots() {
    return layerSlots(pool.pages());
  }

  /** Layer slots of so many of the pool's pages. */
  public long layerSlots(long pages) {
    return pages * pool.pageTokens() * pageLayers;
  }

  /** All layers of the model, by how far they look back. */
  public Layers model() {
    int full = 0;
    int sliding = 0;
    int windowTokens = 0;
    for (LayerGroup group : groups) {
      full += group.layers().full();
      sliding += group.layers().sliding();
      windowTokens = Math.max(windowTokens, group.layers().windowTokens());
    }
    return new Layers(full, sliding, windowTokens);
  }

  /** The most tokens of a sequence for which a demand of pages, growing with the tokens, can be met. */
  static int mostTokens(int pageTokens, IntPredicate fits) {
    int low = 0;
    int high = Integer.MAX_VALUE / pageTokens;
    while (low < high) { // fits(low) holds, fits(high + 1) does not
      int middle = high - (high - low) / 2;
      if (fits.test(middle * pageTokens)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low * pageTokens;
  }
}
