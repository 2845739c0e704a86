package kvlab.cli.trace;

import java.util.Locale;
import kvlab.workload.HashReuse;
import kvlab.workload.LengthStats;
import kvlab.workload.LoadedTrace;
import kvlab.workload.RowCounts;
import kvlab.workload.Trace;
import kvlab.workload.TraceSummary;

/** A summary as aligned text for a person. */
final class SummaryText {
  private static final double SECOND_NANOS = 1e9;
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final StringBuilder text = new StringBuilder();

  private SummaryText() {}

  static String of(LoadedTrace<Trace> loaded, TraceSummary summary) {
    SummaryText page = new SummaryText();
    page.line("trace", "%s", loaded.trace().name());
    page.line("format", "%s (%s)", loaded.format().id(), loaded.format().description());
    page.line("sha256", "%s", loaded.sha256());
    page.rows(loaded.rows());
    page.arrivals(loaded, summary);
    page.text.append('\n');
    page.lengths(summary);
    summary.hashes().ifPresent(page::hashes);
    return page.text.toString();
  }

  private void rows(RowCounts rows) {
    line("rows", "%,d read, %,d used, %,d dropped", rows.read(), rows.used(), rows.dropped());
    rows.droppedByReason().forEach((reason, n) -> line("", "%,d dropped: %s", n, reason));
    if (rows.reordered() > 0) {
      line("", "%,d out of order, sorted by arrival", rows.reordered());
    }
  }

  private void arrivals(LoadedTrace<Trace> loaded, TraceSummary summary) {
    line("requests", "%,d", summary.requests());
    if (!loaded.timed()) {
      line("arrivals", "none in the file: a list of lengths, all arrive at 0");
      return;
    }
    line("duration", "%s", duration(summary.durationNanos()));
    line("arrivals", "%,.2f/s mean, %,.0f/s peak second", summary.meanRate(), summary.peakRate1s());
    if (summary.durationNanos() >= MINUTE_NANOS) {
      line("", "%,.2f/s peak minute", summary.peakRate60s());
    }
    line("burstiness", "%.2f (CV of gaps; 1 is Poisson)", summary.gapCv());
  }

  private void lengths(TraceSummary summary) {
    String head = "%-10s %9s %9s %9s %9s %9s %9s %9s %9s %9s %11s %15s\n";
    append(
        head, "tokens", "min", "p1", "p25", "p50", "p75", "p90", "p95", "p99", "max", "mean",
        "sum");
    lengths("prompt", summary.prompt());
    lengths("output", summary.output());
    lengths("total", summary.total());
  }

  private void lengths(String name, LengthStats s) {
    append(
        "%-10s %,9d %,9d %,9d %,9d %,9d %,9d %,9d %,9d %,9d %,11.1f %,15d\n",
        name, s.min(), s.p1(), s.p25(), s.p50(), s.p75(), s.p90(), s.p95(), s.p99(), s.max(),
        s.mean(), s.sum());
  }

  private void hashes(HashReuse hashes) {
    text.append('\n');
    line(
        "hash ids",
        "%,d blocks of %d tokens, %,d (%.1f%%) seen before",
        hashes.blocks(),
        hashes.blockTokens(),
        hashes.hits(),
        100 * hashes.hitShare());
    if (hashes.overlong() > 0) {
      line(
          "",
          "%,d requests have more ids than their prompt has blocks: try --hash-block",
          hashes.overlong());
    }
  }

  private static String duration(long nanos) {
    double seconds = nanos / SECOND_NANOS;
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.3f s", seconds);
    }
    long whole = (long) seconds;
    return String.format(
        Locale.ROOT,
        "%d:%02d:%02d h (%,.1f s)",
        whole / 3_600,
        whole / 60 % 60,
        whole % 60,
        seconds);
  }

  private void line(String label, String format, Object... values) {
    append("%-10s " + format + "\n", prepended(label, values));
  }

  private static Object[] prepended(String label, Object[] values) {
    Object[] all = new Object[values.length + 1];
    all[0] = label;
    System.arraycopy(values, 0, all, 1, values.length);
    return all;
  }

  private void append(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }
}
