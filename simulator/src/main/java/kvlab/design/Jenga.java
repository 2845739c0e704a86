package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kvlab.kv.JengaAllocator;
import kvlab.kv.LayerGroup;
import kvlab.kv.Layers;
import kvlab.kv.Layout;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.sched.Requests;

/**
 * Jenga: a page size for every kind of layer, cut from large pages; see {@link JengaAllocator}.
 *
 * <p>Deviation: the scheduler is that of vLLM V1, with its admission gate, so that only memory differs
 * from {@code vllm-v1}; the artifact is built on vLLM V0's, with a watermark of 1 % of the large pages.
 */
final class Jenga implements Design {
  @Override
  public String name() {
    return "jenga";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "small pages of 16 tokens in all layers of a kind, cut from large pages (LCM of their sizes)",
        "pages for the first chunk, admitted when all known tokens would fit",
        "a small page of each kind; full windows give up their oldest",
        "the last running request gives up its pages and is recomputed",
        "nothing; a large page that is empty serves any kind",
        "Zhang et al., SOSP 2025; its artifact's vllm/core/block_v3; scheduler of vLLM V1");
  }

  @Override
  public List<Option> options(Site site) {
    return VllmV1.schedulerOptions(site);
  }

  /** Large pages. */
  @Override
  public long pages(Options options, Site site) {
    Layers model = site.layers();
    return site.poolSlots() * model.count() / largeLayers(model) / pageTokens(options, site);
  }

  private static int largeLayers(Layers model) {
    if (model.full() == 0 || model.sliding() == 0) {
      return model.count();
    }
    return model.full() / gcd(model.full(), model.sliding()) * model.sliding();
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    int largeLayers = largeLayers(site.layers());
    List<LayerGroup> kinds = new ArrayList<>();
    for (Layers kind : kinds(site.layers())) {
      int smallPages = Math.multiplyExact(pool.pages(), largeLayers / kind.count());
      PageTable table =
          new PageTable(new Pool(smallPages, pool.pageTokens()), options.count(MAX_SEQUENCES));
      kinds.add(new LayerGroup(table, kind, kind.count()));
    }
    Layout layout = new Layout(kinds, pool, largeLayers);
    JengaAllocator allocator = new JengaAllocator(layout, options.count(MAX_BATCHED_TOKENS));
    PageTable table = kinds.get(0).table();
    return VllmV1.server(name(), new Requests(), table, allocator, Optional.empty(), options, site)
        .with(layout);
  }

  private static List<Layers> kinds(Layers model) {
    if (model.full() == 0 || model.sliding() == 0) {
      return List.of(model);
    }
    return List.of(
        new Layers(model.full(), 0, 0), new Layers(0, model.sliding(), model.windowTokens()));
  }
}
