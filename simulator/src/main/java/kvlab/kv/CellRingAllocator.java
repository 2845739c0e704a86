package kvlab.kv;

/**
 * The unified KV cache of llama.cpp ({@code src/llama-kv-cache.cpp}, {@code find_slot}): a buffer of
 * cells, one per token, that all sequences share. New tokens want a run of free cells; the search goes
 * round the buffer from where the last run ended or, before that, cells were freed, and from the start
 * when there is much to fill before that. Where no run is long enough the tokens are split in halves, as the server does with its batch
 * ({@code tools/server}, {@code update_slots}), so in the end any free cell serves.
 *
 * <p>Deviations: runs are the rule of February 2025; later versions take cells one by one where the
 * backend can write them ({@code cont} is false), which holds the same cells. A run is found per sequence and not for the whole micro-batch, and the extra
 * micro-batches that splitting makes take no time. The buffer is not padded to 256 cells, nothing is
 * moved together (defragmentation).
 */
public final class CellRingAllocator implements KvAllocator {
  private static final int NOT_FOUND = -1;

  private final PageTable table;
  private final Pool pool;
  private final int cells; // of one page each
  private int freeCells;
  private int head; // where the next search starts

  /** A buffer of the first pages of the pool; the others are never used. */
  public CellRingAllocator(PageTable table, int cells) {
    this.table = table;
    this.pool = table.pool();
    this.cells = Math.min(cells, pool.pages());
    this.freeCells = this.cells;
    for (int page = this.cells; page < pool.pages(); page++) {
      table.withhold(page);
    }
  }

  @Override
  public boolean admit(int row, int request, int knownTokens, int tokens, int claimTokens) {
    return grow(row, tokens);
  }

  @Override
  public int pagesToAdmit(int request, int knownTokens, int tokens) {
    return pool.pagesFor(tokens);
  }

  @Override
  public boolean grow(int row, int tokens) {
    int missing = pool.pagesFor(tokens) - table.pages(row);
    if (missing > freeCells) {
      return false;
    }
    int run = missing;
    while (missing > 0) {
      int first = find(run);
      if (first == NOT_FOUND) {
        run = (run + 1) / 2;
        continue;
      }
      table.appendRun(row, first, run);
      freeCells -= run;
      head = first + run;
      missing -= run;
      run = Math.min(run, missing);
    }
    return true;
  }

  @Override
  public boolean rowsGrowAlone() {
    return true;
  }

  @Override
  public int nextGrowth(int row, int tokens) {
    return Math.max(tokens, table.capacityTokens(row) + 1);
  }

  @Override
  public int pagesToGrow(int row, int tokens) {
    return Math.max(0, pool.pagesFor(tokens) - table.pages(row));
  }

  @Override
  public int pagesInTurn() {
    return freeCells;
  }

  /** The first run of so many free cells round the buffer from the head. */
  private int find(int run) {
    int used = cells - freeCells;
    int at = head > used + 2 * run ? 0 : head;
    int tested = 0;
    while (tested < cells) {
      if (at + run > cells) {
        tested += cells - at;
        at = 0;
        continue;
      }
      int free = freeFrom(at, run);
      if (free == run) {
        return at;
      }
      at += free + 1;
      tested += free + 1;
    }
    return NOT_FOUND;
  }

  /** Free cells from there to the first that is not, or to the end of the run. */
  private int freeFrom(int first, int run) {
    int free = 0;
    while (free < run && table.holders(first + free) == 0) {
      free++;
    }
    return free;
  }

  @Override
  public void release(int row) {
    for (int i = 0; i < table.pages(row); i++) {
      head = Math.min(head, table.page(row, i));
    }
    freeCells += table.pages(row);
    table.clear(row);
  }

  @Override
  public int freePages() {
    return freeCells;
  }

  @Override
  public int askedTokens(int row) {
    return table.capacityTokens(row);
  }

  @Override
  public boolean asksByPages() {
    return true;
  }

  @Override
  public int largestSequenceTokens() {
    return cells * pool.pageTokens();
  }
}
