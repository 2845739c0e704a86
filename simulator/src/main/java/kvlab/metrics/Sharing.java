package kvlab.metrics;

import java.math.BigInteger;
import kvlab.kv.PageTable;

/**
 * Pages saved by sharing: of the entries of the page table the share that points to a page which another
 * entry holds as well, as a mean over steps. It is what Fig. 15 of PagedAttention (SOSP 2023) shows.
 */
public final class Sharing implements Measurement {
  private static final double UNITS = 1L << 40;

  private final Window window;
  private final WideSum saved = new WideSum(); // in units of a step's share
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
    if (window.contains(step.startNanos())) {
      count(step.table(), 0, 1);
    }
  }

  @Override
  public void onRepeats(Repeats repeats) {
    PageTable table = repeats.first().table();
    boolean inside = window.contains(repeats.startNanos()) && window.contains(repeats.endNanos());
    if (inside && (!repeats.grows() || table.tablePages() == table.heldPages())) {
      count(table, 0, repeats.count());
      return;
    }
    long atNanos = repeats.startNanos();
    for (int i = 0; i < repeats.count(); i++) {
      if (window.contains(atNanos)) {
        count(table, repeats.pagesAfter(i), 1);
      }
      atNanos += repeats.nanos(i);
    }
  }

  /** Counts so many steps in which the table lacked so many pages that nobody shares. */
  private void count(PageTable table, int pagesLater, int itsSteps) {
    int entries = table.tablePages() - pagesLater;
    if (entries > 0) {
      int sharing = table.tablePages() - table.heldPages();
      steps += itsSteps;
      saved.addProduct((long) (UNITS * sharing / entries), itsSteps);
    }
  }

  @Override
  public void report(Row row) {
    row.fixed("shared_pages_pct", 100 * saved.over(BigInteger.valueOf(steps)) / UNITS, 4);
  }

  /** Adds the steps of another server. */
  public void merge(Sharing other) {
    saved.add(other.saved);
    steps += other.steps;
  }
}
