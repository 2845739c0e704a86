package kvlab.kv;

import java.util.Arrays;

/**
 * The two-level allocator of Jenga (Zhang et al., "Jenga: Effective Memory Management for Serving LLM with
 * Heterogeneity", SOSP 2025; its artifact, {@code vllm/core/block_v3/}). Every kind of layer has small
 * pages of its own size, a page of so many tokens in all layers of the kind; a large page is as long as
 * the least common multiple of their sizes and is cut into small pages of one kind.
 *
 * <pre>
 *   2 full and 3 sliding layers, pages of b tokens
 *   large page of the full kind       | 2b | 2b | 2b |
 *   large page of the sliding kind    |  3b  |  3b   |
 * </pre>
 *
 * A sequence takes a small page ({@code SmallBlockIDAllocator.allocate_block_id}) from large pages of its
 * own; else from a new large page, as long as what its call needs at most is there ({@code
 * set_large_block_quota}), else as long as there is no other way; else from a large page whose sequence
 * has left, which becomes its own; else from one of another sequence. So sequences that leave empty
 * whole large pages, and an empty one serves either kind again. Sliding layers give up what the window
 * has passed, as in {@link HybridAllocator}. Room left in large pages that are in use is stranded.
 *
 * <p>Deviations: no prefix caching, and with it no eviction; no null pages; the artifact's evaluation keeps
 * 12 pages more behind the window; where it takes any page of a set, this takes the one that has been free
 * for longest, and of other sequences the one in the lowest row.
 */
public final class JengaAllocator implements KvAllocator {
  private final Layout layout;
  private final PageTable first; // every kind's row has the same columns
  private final int pageTokens;
  private final int stepTokens;
  private final Kind[] kinds;
  private final FreeQueue large;
  private final int[] owner; // [large page] the row that it was taken for
  private final int[] ownerTenancy; // [large page] the row's tenancy then
  private final int[] tenancy; // [row] counts the sequences that had the row

  /** Large pages as far as they are cut for one kind of layer. */
  private static final class Kind {
    final LayerGroup group;
    final int ratio; // small pages of a large one
    final int[] freeIn; // [large page] free small pages of it, while it is cut for this kind
    final FreeLists free; // a list per row, and one of pages whose sequence has left
    int freePages;
    int quota; // large pages that the current call may still take

    Kind(LayerGroup group, Layout layout) {
      this.group = group;
      this.ratio = layout.pageLayers() / group.pageLayers();
      this.freeIn = new int[layout.pool().pages()];
      this.free = new FreeLists(group.table().pool().pages(), group.table().rows() + 1);
    }
  }

  /**
   * An allocator for a layout whose pool has the large pages and whose groups the small ones.
   *
   * @param stepTokens the most tokens that a step computes
   */
  public JengaAllocator(Layout layout, int stepTokens) {
    this.layout = layout;
    this.first = layout.groups().get(0).table();
    this.pageTokens = layout.pool().pageTokens();
    this.stepTokens = stepTokens;
    this.kinds =
        layout.groups().stream().map(group -> new Kind(group, layout)).toArray(Kind[]::new);
    this.large = new FreeQueue(layout.pool(), 0);
    this.owner = new int[layout.pool().pages()];
    this.ownerTenancy = new int[layout.pool().pages()];
    this.tenancy = new int[first.rows()];
    Arrays.fill(ownerTenancy, -1);
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    return take(row, layout.pool().pagesFor(tokens));
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    int pages = 0;
    for (Kind kind : kinds) {
      pages += leastLarge(kind, kind.group.mostPages(tokens, stepTokens));
    }
    return pages;
  }

  @Override
  public boolean grow(int row, int tokens) {
    return take(row, layout.pool().pagesFor(tokens) - first.pages(row));
  }

  /** Large pages that so many small ones cannot do without, whoever has room in his. */
  private static int leastLarge(Kind kind, int smallPages) {
    return mostLarge(kind, Math.max(0, smallPages - kind.freePages));
  }

  private static int mostLarge(Kind kind, int smallPages) {
    return (smallPages + kind.ratio - 1) / kind.ratio;
  }

  /** Appends so many columns to the row of every kind, or none. */
  private boolean take(int row, int columns) {
    int least = 0;
    int most = 0;
    for (Kind kind : kinds) {
      least += leastLarge(kind, columns);
      most += mostLarge(kind, columns);
    }
    if (least > large.size()) {
      return false;
    }
    boolean ample = most <= large.size();
    for (Kind kind : kinds) {
      kind.quota = ample ? mostLarge(kind, columns) : leastLarge(kind, columns);
    }
    for (Kind kind : kinds) {
      for (int i = 0; i < columns; i++) {
        kind.group.table().append(row, takeSmall(kind, row));
      }
    }
    return true;
  }

  private int takeSmall(Kind kind, int row) {
    int page = chooseSmall(kind, row);
    kind.free.remove(page);
    kind.freeIn[page / kind.ratio]--;
    kind.freePages--;
    return page;
  }

  private int chooseSmall(Kind kind, int row) {
    int nobodys = tenancy.length;
    if (kind.free.isEmpty(row)) {
      if (kind.quota > 0) {
        kind.quota--;
        cutLarge(kind, row);
      } else if (!kind.free.isEmpty(nobodys)) {
        adopt(kind, row, kind.free.front(nobodys) / kind.ratio);
      } else {
        int other = 0;
        while (kind.free.isEmpty(other)) {
          other++;
        }
        return kind.free.front(other);
      }
    }
    return kind.free.front(row);
  }

  private void cutLarge(Kind kind, int row) {
    int page = large.take();
    own(row, page);
    for (int i = 0; i < kind.ratio; i++) {
      kind.free.append(row, page * kind.ratio + i);
    }
    kind.freeIn[page] = kind.ratio;
    kind.freePages += kind.ratio;
  }

  private void own(int row, int largePage) {
    owner[largePage] = row;
    ownerTenancy[largePage] = tenancy[row];
  }

  /** Makes a large page whose sequence has left the row's own. */
  private void adopt(Kind kind, int row, int largePage) {
    own(row, largePage);
    for (int i = 0; i < kind.ratio; i++) {
      int page = largePage * kind.ratio + i;
      if (kind.group.table().holders(page) == 0) {
        kind.free.remove(page);
        kind.free.append(row, page);
      }
    }
  }

  @Override
  public void slide(int row, int computedTokens) {
    for (Kind kind : kinds) {
      PageTable table = kind.group.table();
      int passed = kind.group.passedPages(computedTokens);
      while (table.firstPage(row) < passed) {
        int page = table.page(row, table.firstPage(row));
        table.dropHead(row, table.firstPage(row) + 1);
        giveBack(kind, page);
      }
    }
  }

  private void giveBack(Kind kind, int page) {
    int largePage = page / kind.ratio;
    int row = owner[largePage];
    boolean stillThere = tenancy[row] == ownerTenancy[largePage];
    kind.free.append(stillThere ? row : tenancy.length, page);
    kind.freePages++;
    if (++kind.freeIn[largePage] == kind.ratio) {
      for (int i = 0; i < kind.ratio; i++) {
        kind.free.remove(largePage * kind.ratio + i);
      }
      kind.freePages -= kind.ratio;
      large.give(largePage);
    }
  }

  @Override
  public void release(int row) {
    for (Kind kind : kinds) {
      PageTable table = kind.group.table();
      while (table.pages(row) > table.firstPage(row)) {
        giveBack(kind, table.removeLast(row));
      }
      table.clear(row);
      while (!kind.free.isEmpty(row)) { // in large pages that other sequences use too
        int page = kind.free.front(row);
        kind.free.remove(page);
        kind.free.append(tenancy.length, page);
      }
    }
    tenancy[row]++;
  }

  @Override
  public int freePages() {
    return large.size();
  }

  @Override
  public long strandedSlots() {
    long slots = 0;
    for (Kind kind : kinds) {
      slots += kind.group.layerSlots(kind.freePages);
    }
    return slots;
  }

  @Override
  public int askedTokens(int row) {
    return first.capacityTokens(row);
  }

  @Override
  public int largestSequenceTokens() {
    return Layout.mostTokens(pageTokens, this::fitsAlone);
  }

  private boolean fitsAlone(int tokens) {
    long pages = 0;
    for (Kind kind : kinds) {
      pages += mostLarge(kind, kind.group.mostPages(tokens, stepTokens));
    }
    return pages <= layout.pool().pages();
  }
}
