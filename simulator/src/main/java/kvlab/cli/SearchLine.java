package kvlab.cli;

import java.io.PrintStream;
import java.util.Locale;
import kvlab.plan.Trial;

/**
 * Says what a search has tried, once it takes longer than a second: on a terminal one line is rewritten,
 * elsewhere a line comes every few seconds.
 */
final class SearchLine {
  private static final long QUIET_NANOS = 1_000_000_000L;
  private static final long PLAIN_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private int replays;
  private long nextNanos = System.nanoTime() + QUIET_NANOS;
  private boolean shown;

  SearchLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  synchronized void tell(Trial trial) {
    replays++;
    long now = System.nanoTime();
    if (now < nextNanos) {
      return;
    }
    nextNanos = terminal ? now : now + PLAIN_NANOS;
    shown = true;
    String line = String.format(Locale.ROOT, "replay %d: %s", replays, trial);
    out.print(terminal ? "\r\u001b[K" + line : line + System.lineSeparator());
    out.flush();
  }

  /** Clears the line. */
  synchronized void end() {
    if (shown && terminal) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
