package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layers;
import kvlab.kv.Layout;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;

/**
 * The layer groups of vLLM V1 ({@code vllm/v1/core/kv_cache_utils.py}, {@code
 * _get_kv_cache_groups_uniform_page_size}). Every page has room for as many layers as there are of the
 * rarer kind, or of the other where there are less than half as many again; a kind with more layers is
 * split evenly over as many groups as it takes, and the room that a group leaves is padding.
 */
final class VllmLayerGroups {
  private VllmLayerGroups() {}

  /** Layers that a page has room for. */
  static int pageLayers(Layers model) {
    if (model.full() == 0 || model.sliding() == 0) {
      return model.count();
    }
    int fewer = Math.min(model.full(), model.sliding());
    int more = Math.max(model.full(), model.sliding());
    return 2 * more < 3 * fewer ? more : fewer;
  }

  /** The groups on one pool, sliding ones first: in the models that mix them, layer 0 slides. */
  static Layout layout(Layers model, Pool pool, int maxSequences) {
    int pageLayers = pageLayers(model);
    List<LayerGroup> groups = new ArrayList<>();
    int slidingGroups = (model.sliding() + pageLayers - 1) / pageLayers;
    for (int i = 0; i < slidingGroups; i++) {
      Layers layers = new Layers(0, share(model.sliding(), slidingGroups, i), model.windowTokens());
      groups.add(new LayerGroup(new PageTable(pool, maxSequences), layers, pageLayers));
    }
    int fullGroups = (model.full() + pageLayers - 1) / pageLayers;
    for (int i = 0; i < fullGroups; i++) {
      Layers layers = new Layers(share(model.full(), fullGroups, i), 0, 0);
      groups.add(new LayerGroup(new PageTable(pool, maxSequences), layers, pageLayers));
    }
    return new Layout(groups, pool, pageLayers);
  }

  /** Layers of the group at the index when every group takes each so many-th one. */
  private static int share(int layers, int groups, int index) {
    return layers / groups + (index < layers % groups ? 1 : 0);
  }
}
