package kvlab.metrics;

import kvlab.kv.PageTable;

/**
 * Pages saved by sharing: of the entries of the page table the share that points to a page which another
 * entry holds as well, as a mean over steps. It is what Fig. 15 of PagedAttention (SOSP 2023) shows.
 */
public final class Sharing implements Measurement {
  private final Window window;
  private double saved;
  private long steps;

  public Sharing(Window window) {
    this.window = window;
  }

  @Override
  public boolean readsTotalsOnly() {
    return true;
  }

  @Override
  public void onStep(StepView step) {
    PageTable table = step.table();
    if (window.contains(step.startNanos()) && table.tablePages() > 0) {
      saved += (double) (table.tablePages() - table.heldPages()) / table.tablePages();
      steps++;
    }
  }

  @Override
  public void report(Row row) {
    row.fixed("shared_pages_pct", steps == 0 ? 0 : 100 * saved / steps, 4);
  }

  /** Adds the steps of another server. */
  public void merge(Sharing other) {
    saved += other.saved;
    steps += other.steps;
  }
}
