package kvlab.design;

import java.util.ArrayList;
import java.util.List;
import kvlab.kv.PageTable;
import kvlab.kv.Pool;
import kvlab.kv.Reservation;
import kvlab.kv.VmmAllocator;

/**
 * vAttention (Prabhu et al., ASPLOS 2025): sequences contiguous in virtual memory, so that kernels need no
 * page table, and physical memory mapped behind them; see {@link VmmAllocator}. One page of the pool is a
 * physical page in every tensor that holds KV: with 2 MiB and Llama-2-7B, 128 MiB for 256 tokens.
 *
 * <p>Requests are admitted and recomputed as in vLLM of the time, with its watermark ({@code
 * vattention_block_space_manager.py}).
 *
 * <p>Deviations: the time it takes to map less than 2 MiB is assumed. What is left over of a page when it
 * holds whole tokens only (6% of 64 KiB for OPT-13B) is missing from the pool in place of being shown as
 * waste. What is mapped in the background costs nothing, even where it would take longer than the step.
 * Ranges without a sequence are not unmapped one by one while nothing else is to do, which the engine can
 * be told to do.
 */
final class VAttention implements Design {
  private static final String PAGE_KIB = "vmm-page-kib";
  private static final String WATERMARK = "watermark";
  private static final String MAP_AHEAD = "map-ahead";
  private static final String MAP_NANOS = "map-ns";
  private static final String UNMAP_NANOS = "unmap-ns";
  private static final double ENGINE_WATERMARK = 0.01;
  private static final int EAGER_STEPS = 10; // EAGER_NUM_STEPS in vattention.cu

  /** cuMemMap 1.45 us and cuMemSetAccess 36 us, an A100 and 2 MiB: microbenchmark of kvcached. */
  private static final long STOCK_MAP_NANOS = 1_450 + 36_000;

  /** cuMemUnmap 25.6 us, the same. */
  private static final long STOCK_UNMAP_NANOS = 25_600;

  /**
   * An assumption, for want of a figure that could be checked: that the modified driver maps less than 2
   * MiB in 8 us, and unmaps it in as much. The options say otherwise where somebody has measured it.
   */
  private static final long SMALL_PAGE_NANOS = 8_000;

  private static final int STOCK_KIB = 2048;

  /** 2 MiB is what the stock driver gives, the others come with vAttention's own. */
  private static final int[] PAGES_KIB = {2048, 256, 128, 64};

  @Override
  public String name() {
    return "vattention";
  }

  @Override
  public Traits traits() {
    return new Traits(
        "2 MiB in each layer's K and V, virtually contiguous",
        "memory for the tokens there are; 1% of the pool stays free",
        "maps physical pages, where it can two ahead while a step computes",
        "the latest arrival gives up its pages and is recomputed",
        "the mapping, for the next request with that range; the KV is lost",
        "Prabhu et al., ASPLOS 2025; vattention/{vattention.cu,utils.h}");
  }

  @Override
  public List<Option> options(Site site) {
    List<Option> options = new ArrayList<>(WholePrompt.options(site));
    options.removeIf(option -> option.name().equals(PAGE_TOKENS)); // follows from the bytes
    options.add(Option.word(
        PAGE_KIB,
        "KiB of a physical page; the largest that lets the pool hold the longest sequence",
        pagesKib(site)));
    options.add(Option.share(WATERMARK, ENGINE_WATERMARK, VllmPaper.WATERMARK_HELP));
    options.add(Option.countOrZero(
        MAP_AHEAD, EAGER_STEPS, "steps that are looked ahead in the background; 0: never"));
    options.add(Option.countOrZero(
        MAP_NANOS,
        0,
        "ns to map a page of one tensor; 0: 37450 for 2 MiB, 8000 (assumed) for less"));
    options.add(Option.countOrZero(
        UNMAP_NANOS,
        0,
        "ns to unmap a page of one tensor; 0: 25600 for 2 MiB, 8000 (assumed) for less"));
    return options;
  }

  /** The sizes, first the one that is the default at the site. */
  private static String[] pagesKib(Site site) {
    List<String> sizes = new ArrayList<>();
    boolean chosen = false;
    for (int kib : PAGES_KIB) {
      boolean last = kib == PAGES_KIB[PAGES_KIB.length - 1];
      if (!chosen && (last || holdsLongestSequence(kib, site))) {
        sizes.add(0, Integer.toString(kib));
        chosen = true;
      } else {
        sizes.add(Integer.toString(kib));
      }
    }
    return sizes.toArray(String[]::new);
  }

  private static boolean holdsLongestSequence(int kib, Site site) {
    int tokens = tokensPerPage(kib, site);
    long pages = pages(kib, site);
    long margin = (long) (ENGINE_WATERMARK * pages);
    return (pages - margin) * tokens >= site.maxModelTokens();
  }

  private static int tokensPerPage(int kib, Site site) {
    return (int) Math.max(1, kib * 1024L / site.tensorTokenBytes());
  }

  @Override
  public int pageTokens(Options options, Site site) {
    return tokensPerPage(options.count(PAGE_KIB), site);
  }

  private static long pages(int kib, Site site) {
    return site.poolSlots() * site.tensorTokenBytes() / (kib * 1024L);
  }

  @Override
  public long pages(Options options, Site site) {
    return pages(options.count(PAGE_KIB), site);
  }

  /** What a call costs over all tensors. */
  private static long nanos(String option, long stockNanos, Options options, Site site) {
    long asked = options.count(option);
    long usual = options.count(PAGE_KIB) == STOCK_KIB ? stockNanos : SMALL_PAGE_NANOS;
    return (asked == 0 ? usual : asked) * site.kvTensors();
  }

  @Override
  public Server open(Pool pool, Options options, Site site) {
    PageTable table = new PageTable(pool, options.count(MAX_SEQUENCES));
    VmmAllocator allocator =
        new VmmAllocator(table, options.share(WATERMARK), site.maxModelTokens());
    long mapNanos = nanos(MAP_NANOS, STOCK_MAP_NANOS, options, site);
    long unmapNanos = nanos(UNMAP_NANOS, STOCK_UNMAP_NANOS, options, site);
    int steps = options.count(MAP_AHEAD);
    return WholePrompt.server(table, allocator, Reservation.CURRENT, options).charged(batch -> {
      batch.pause(
          allocator.takeMappedPages() * mapNanos + allocator.takeUnmappedPages() * unmapNanos);
      if (steps > 0) {
        allocator.mapAhead(steps);
      }
    });
  }
}
